import { closeSync, existsSync, fsyncSync, linkSync, openSync, rmSync, writeSync } from 'node:fs'
import { ConfigError } from '../../config/config-error.ts'
import { unusableFile } from '../options/unusable-file.ts'

interface Rejected {
  /** Undefined: it was too long to be read. */
  readonly text: string | undefined
  readonly isElement: boolean
}

/**
 * Keeps refused records in a file that an import can read: as lines, or as one JSON array. Until `finish`, the file has
 * another name, so a file of that name is complete. An existing file is never replaced. Only its owner can read the file.
 */
export class RejectsFile {
  readonly #path: string
  readonly #partial: string
  readonly #file: number
  #records = 0
  #isArray = false

  /** Throws if the file exists or cannot be made. */
  constructor(path: string) {
    this.#path = path
    this.#partial = `${path}.partial-${process.pid}`
    if (existsSync(path)) throw existing(path)
    try {
      this.#file = openSync(this.#partial, 'wx', 0o600)
    } catch (cause) {
      throw unusableFile(path, cause)
    }
  }

  /**
   * Adds a record. Returns false if it has no text. Throws if it cannot be written, because the disk is full, for example.
   */
  add({ text, isElement }: Rejected): boolean {
    if (text === undefined) return false
    this.#isArray = isElement
    const before = this.#records === 0 ? '[\n' : ',\n'
    this.#write(isElement ? `${before}${text.trim()}` : `${text.trim()}\n`)
    this.#records++
    return true
  }

  /** Gives the file its name, once everything is on the disk. Without records, there is no file. */
  finish(): void {
    if (this.#records === 0) {
      this.discard()
      return
    }
    if (this.#isArray) this.#write('\n]\n')
    try {
      fsyncSync(this.#file)
      closeSync(this.#file)
      // Unlike a new name, a link never replaces a file that somebody has made meanwhile.
      linkSync(this.#partial, this.#path)
    } catch (cause) {
      throw unusableFile(this.#path, cause)
    }
    rmSync(this.#partial)
  }

  /** Removes the file of an import that failed. */
  discard(): void {
    closeSync(this.#file)
    rmSync(this.#partial, { force: true })
  }

  #write(text: string): void {
    const bytes = Buffer.from(text)
    try {
      for (let written = 0; written < bytes.length; ) written += writeSync(this.#file, bytes, written)
    } catch (cause) {
      throw unusableFile(this.#path, cause)
    }
  }
}

function existing(path: string): ConfigError {
  return new ConfigError(`--rejects ${JSON.stringify(path)} exists already; use the path of a new file.`)
}
