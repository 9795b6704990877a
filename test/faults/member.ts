import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { type Document, MongoClient } from 'mongodb'
import { endsTogether } from '../support/ends-together.ts'
import { FLAGS } from '../support/mongod.ts'

export const SET_NAME = 'faults'

// A member that is frozen answers nothing.
const IMPATIENT = { directConnection: true, serverSelectionTimeoutMS: 500, connectTimeoutMS: 500, socketTimeoutMS: 500 }

// By default, a member that receives SIGTERM waits 15 seconds for its clients.
const QUICK_SHUTDOWN = ['--setParameter', 'shutdownTimeoutMillisForSignaledShutdown=500']

export interface MemberPlace {
  readonly binary: string
  /** The folder of its data, which outlives the process. */
  readonly folder: string
  readonly port: number
}

/** A member of a replica set: a `mongod` process that can be killed, frozen and started again. */
export class Member {
  readonly #place: MemberPlace
  #client: Promise<MongoClient> | undefined
  #child: ChildProcess | undefined

  constructor(place: MemberPlace) {
    this.#place = place
  }

  get address(): string {
    return `127.0.0.1:${this.#place.port}`
  }

  async start(): Promise<void> {
    const { binary, folder, port } = this.#place
    await mkdir(folder, { recursive: true })
    const args = ['--replSet', SET_NAME, '--port', String(port), '--dbpath', folder, '--bind_ip', '127.0.0.1']
    this.#child = endsTogether(spawn(binary, [...args, ...FLAGS, ...QUICK_SHUTDOWN], { stdio: 'ignore' }))
  }

  /** Ends the process: SIGKILL at once, and SIGTERM after the member has handed on its role. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const closed = once(child, 'close')
    child.kill(signal)
    await closed
  }

  freeze(): void {
    this.#child?.kill('SIGSTOP')
  }

  thaw(): void {
    this.#child?.kill('SIGCONT')
  }

  /** Runs a command of the database `admin`, and rejects if there is no answer within half a second. */
  async command(command: Document): Promise<Document> {
    // A client that could not connect at first never does.
    this.#client ??= MongoClient.connect(`mongodb://${this.address}`, IMPATIENT).catch((error: unknown) => {
      this.#client = undefined
      throw error
    })
    return (await this.#client).db('admin').command(command)
  }

  async isPrimary(): Promise<boolean> {
    const hello = await this.command({ hello: 1 }).catch(() => undefined)
    return hello?.isWritablePrimary === true
  }

  async remove(): Promise<void> {
    this.thaw()
    await this.#client?.then((client) => client.close()).catch(() => {})
    await this.end('SIGKILL')
  }
}
