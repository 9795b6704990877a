import { appendFileSync, readFileSync } from 'node:fs'

/** A registration that a client sends, and sends again if it got no answer. */
export interface Registration {
  /** A service such as `kill/service-1`. */
  readonly service: string
  readonly tag: string
  /** Null if the request does not have the field. */
  readonly isDefault: boolean | null
}

/** The registrations that the server acknowledged. They are in a file that outlives the server. */
export class Acknowledgements {
  readonly #file: string
  #sinceLastTake: Registration[] = []

  constructor(file: string) {
    this.#file = file
  }

  /** Writes an acknowledgement to the file before it returns. */
  add(registration: Registration): void {
    appendFileSync(this.#file, `${JSON.stringify(registration)}\n`)
    this.#sinceLastTake.push(registration)
  }

  /** The acknowledgements since the last call of this method. */
  take(): Registration[] {
    const taken = this.#sinceLastTake
    this.#sinceLastTake = []
    return taken
  }

  /** All acknowledgements in the file. */
  readAll(): Registration[] {
    const lines = readFileSync(this.#file, { encoding: 'utf8', flag: 'a+' }).split('\n')
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Registration)
  }
}
