import { createReadStream, statSync } from 'node:fs'
import { unusableFile } from './unusable-file.ts'

const CHUNK_BYTES = 128 * 1024

/** The content of a file, while it is read. */
export interface InputFile {
  readonly chunks: AsyncIterable<Buffer>
  /** The part that was read so far: 0 to 1, undefined if the size is unknown. */
  part(): number | undefined
}

/** Opens a file, or standard input for `-`. Throws if the file cannot be read. */
export function openInput(file: string): InputFile {
  const totalBytes = file === '-' ? undefined : sizeOf(file)
  const input = file === '-' ? process.stdin : createReadStream(file, { highWaterMark: CHUNK_BYTES })
  let bytes = 0
  async function* counted(): AsyncGenerator<Buffer> {
    for await (const chunk of input) {
      bytes += chunk.length
      yield chunk
    }
  }
  return { chunks: counted(), part: () => totalBytes && bytes / totalBytes }
}

/** The size of a file in bytes. Undefined if it is not a regular file, but a pipe, for example. */
function sizeOf(file: string): number | undefined {
  try {
    const found = statSync(file)
    if (found.isDirectory()) throw new Error('it is a directory')
    return found.isFile() ? found.size : undefined
  } catch (cause) {
    throw unusableFile(file, cause)
  }
}
