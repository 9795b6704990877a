import { execFileSync } from 'node:child_process'
import { closeSync, constants, openSync, readSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { expect, onTestFinished, test } from 'vitest'
import { fileOutput } from '../../../src/cli/serving/file-output.ts'
import type { LogOutput } from '../../../src/cli/serving/log-output.ts'
import { LogSink } from '../../../src/cli/serving/log-sink.ts'
import { streamOutput } from '../../../src/cli/serving/stream-output.ts'

const MEBIBYTE = 1024 * 1024
const asIs = (line: string) => line

/** A stream whose reader reads only when the test says so. */
function slowStream() {
  const taken: string[] = []
  let resume = () => {}
  const stream = new Writable({
    decodeStrings: false,
    write: (chunk: string, _encoding, done) => {
      taken.push(chunk)
      resume = done
    },
  })
  return { stream, taken, read: () => resume() }
}

test('messages that a slow reader leaves wait up to 1 MiB, and later ones are dropped', () => {
  const { stream, taken } = slowStream()
  const sink = new LogSink(asIs, streamOutput(stream))
  for (let count = 0; count < 3_000; count++) sink.write(`${'x'.repeat(1_023)}\n`)
  expect(taken).toHaveLength(1)
  expect(stream.writableLength).toBeLessThanOrEqual(MEBIBYTE)
  expect(stream.writableLength).toBeGreaterThan(MEBIBYTE - 2_048)
})

test('the number of dropped messages is reported once the reader has read, before the next message', async () => {
  const { stream, taken, read } = slowStream()
  const sink = new LogSink(asIs, streamOutput(stream))
  const reports: number[] = []
  sink.onDropped = (messages) => {
    reports.push(messages)
    sink.write(`${messages} dropped\n`)
  }
  for (let count = 0; count < 1_034; count++) sink.write(`${'x'.repeat(1_023)}\n`)
  expect(reports).toEqual([])
  while (stream.writableLength > 0) {
    read()
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(reports).toEqual([10])
  expect(taken.at(-1)).toBe('10 dropped\n')
})

test('a report that is lost is made again, with the same number and the messages since then', () => {
  let isFull = true
  const taken: string[] = []
  const output: LogOutput = {
    hasRoom: () => true,
    write: (line) => !isFull && taken.push(line) > 0,
    flush: () => undefined,
    onRoom: () => {},
  }
  const sink = new LogSink(asIs, output)
  sink.onDropped = (messages) => sink.write(`${messages} dropped\n`)
  for (const line of ['a\n', 'b\n', 'c\n']) sink.write(line)
  isFull = false
  sink.write('d\n')
  expect(taken).toEqual(['3 dropped\n', 'd\n'])
})

test('a stream that fails takes nothing any longer, and nothing waits for it', async () => {
  const stream = new Writable({ write: (_chunk, _encoding, done) => done(new Error('EPIPE')) })
  const sink = new LogSink(asIs, streamOutput(stream))
  sink.write('a\n')
  await new Promise((resolve) => setImmediate(resolve))
  sink.write('b\n')
  expect(sink.flush(60_000)).toBeUndefined()
})

test('a flush ends although nobody reads', async () => {
  const { stream } = slowStream()
  const sink = new LogSink(asIs, streamOutput(stream))
  sink.write('a\n')
  await sink.flush(10)
  expect(stream.writableLength).toBe(2)
})

test('a message that a full disk cannot take is dropped', () => {
  const full = openSync('/dev/full', 'w')
  onTestFinished(() => closeSync(full))
  const sink = new LogSink(asIs, fileOutput(full))
  const reports: number[] = []
  sink.onDropped = (messages) => reports.push(messages)
  sink.write('a\n')
  expect(reports).toEqual([])
  sink.write('b\n')
  expect(reports).toEqual([1])
})

test('a message that was written in part does not run into the next one', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'waypost-log-'))
  // A pipe without a reader takes 64 KiB, in the way of a disk on which little is free.
  const path = join(folder, 'pipe')
  execFileSync('mkfifo', [path])
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
  onTestFinished(async () => {
    closeSync(fd)
    await rm(folder, { recursive: true })
  })
  const output = fileOutput(fd)
  expect(output.write(`${'x'.repeat(100_000)}\n`)).toBe(false)
  const free = Buffer.alloc(200_000)
  readSync(fd, free)
  expect(output.write('next\n')).toBe(true)
  expect(free.subarray(0, readSync(fd, free)).toString()).toBe('\nnext\n')
})
