import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { fetchJars } from './mongo-stand-in-jars.ts'
import type { RunningMongo } from './running-mongo.ts'

const PROGRAM = fileURLToPath(new URL('MongoStandIn.java', import.meta.url))
const START_MS = 30_000
const STOP_MS = 5_000

/** Java uses one core for its garbage. The tests need the others. */
const JVM_FLAGS = ['-XX:+UseSerialGC']

/**
 * Starts mongo-java-server over a new H2 file. Needs a JDK, and Maven for the first run; rejects without them.
 * It is not a full MongoDB: it ignores read and write concerns, does not build indexes that are not unique, and has no
 * sessions, transactions or change streams.
 */
export async function startStandIn(): Promise<RunningMongo> {
  const jars = await fetchJars()
  const folder = await mkdtemp(join(tmpdir(), 'waypost-mongo-'))
  // The program ends when the pipe to its standard input breaks, which happens however this process ends.
  const child = spawn('java', [...JVM_FLAGS, '-cp', join(jars, '*'), PROGRAM, join(folder, 'store.mv')])
  const ended = once(child, 'close')
  const stop = async () => {
    await end(child, ended)
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const uri = `mongodb://127.0.0.1:${await portOf(child, ended)}`
    return { uri, engine: 'mongo-java-server on H2, a stand-in for MongoDB', stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Resolves with the port that the program prints, or rejects with the first error that Java prints. */
async function portOf(child: ChildProcessWithoutNullStreams, ended: Promise<unknown>): Promise<number> {
  let complaint = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint ||= text
  })
  const failed = ended.then(() => {
    throw new Error(complaint || 'java ended without a message')
  })
  const timer = setTimeout(() => child.kill('SIGKILL'), START_MS)
  const printed = once(createInterface(child.stdout), 'line').then(([line]) => Number(line))
  return Promise.race([printed, failed]).finally(() => clearTimeout(timer))
}

async function end(child: ChildProcessWithoutNullStreams, ended: Promise<unknown>): Promise<void> {
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
  child.stdin.end()
  await ended.catch(() => {})
  clearTimeout(timer)
}
