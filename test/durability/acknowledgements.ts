import { appendFileSync, readFileSync } from 'node:fs'

/** A registration as a client sends it, and sends it again where it got no answer. */
export interface Registration {
  /** Such as `kill/service-1`. */
  readonly service: string
  readonly tag: string
  /** Null: the request says nothing of it. */
  readonly isDefault: boolean | null
}

/** What the server has promised to keep. It is a file, so it outlives whatever happens to the server. */
export class Acknowledgements {
  readonly #file: string
  #sinceLastTake: Registration[] = []

  constructor(file: string) {
    this.#file = file
  }

  /** Writes one down before it returns. */
  add(registration: Registration): void {
    appendFileSync(this.#file, `${JSON.stringify(registration)}\n`)
    this.#sinceLastTake.push(registration)
  }

  /** Those that were added since the last call of this. */
  take(): Registration[] {
    const taken = this.#sinceLastTake
    this.#sinceLastTake = []
    return taken
  }

  /** All of them, from the file. */
  readAll(): Registration[] {
    const lines = readFileSync(this.#file, { encoding: 'utf8', flag: 'a+' }).split('\n')
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Registration)
  }
}
