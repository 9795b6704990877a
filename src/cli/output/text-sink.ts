import { once } from 'node:events'
import { closeSync, createWriteStream, fchmodSync, fsyncSync, openSync, renameSync, rmSync, statSync } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { unusableFile } from '../options/unusable-file.ts'

/** Writes a text to standard output. If `text` throws, everything before that is written. */
export async function writeToStandardOutput(text: AsyncIterable<string>): Promise<void> {
  for await (const part of text) {
    if (!process.stdout.write(part)) await once(process.stdout, 'drain')
  }
}

/** The mode of a new file: only its owner can read it, as with a store. An export names people, and has their claims. */
const PRIVATE = 0o600

/**
 * Writes a text to a file, which replaces an existing file only when all of the text is on the disk. So an export that
 * fails leaves the last one as it was. The new file has the mode of the one that it replaces. A device or a pipe is written to at once.
 */
export async function writeToFile(path: string, text: AsyncIterable<string>): Promise<void> {
  const existing = statSync(path, { throwIfNoEntry: false })
  if (existing !== undefined && !existing.isFile()) return writeInto(path, path, text)
  const partial = `${path}.partial-${process.pid}`
  try {
    await writeInto(path, partial, text)
    finish(partial, existing?.mode)
    renameSync(partial, path)
  } catch (error) {
    rmSync(partial, { force: true })
    throw error
  }
}

async function writeInto(path: string, target: string, text: AsyncIterable<string>): Promise<void> {
  await pipeline(Readable.from(text), createWriteStream(target, { fd: openOutput(path, target) }))
}

function openOutput(path: string, target: string): number {
  try {
    return openSync(target, 'w', PRIVATE)
  } catch (cause) {
    throw unusableFile(path, cause)
  }
}

function finish(path: string, mode: number = PRIVATE): void {
  const file = openSync(path, 'r+')
  fchmodSync(file, mode & 0o777)
  fsyncSync(file)
  closeSync(file)
}
