import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from '../support/eventually.ts'
import { freePort } from '../support/free-port.ts'
import { findMongod } from '../support/mongod.ts'
import { Member, SET_NAME } from './member.ts'

const MEMBERS = 3
const PRIMARY = 1
const SECONDARY = 2

export interface FaultySetOptions {
  /** How long the members wait for a lost primary before they elect another one. MongoDB's default is 10,000. */
  readonly electionTimeoutMs: number
}

/** A replica set of three members that a test can kill and freeze. */
export class FaultySet {
  readonly members: readonly Member[]
  readonly #folder: string

  private constructor(members: readonly Member[], folder: string) {
    this.members = members
    this.#folder = folder
  }

  static async start({ electionTimeoutMs }: FaultySetOptions): Promise<FaultySet> {
    const binary = await findMongod()
    const folder = await mkdtemp(join(tmpdir(), 'waypost-faults-'))
    const ports = await Promise.all(Array.from({ length: MEMBERS }, freePort))
    const members = ports.map((port) => new Member({ binary, port, folder: join(folder, String(port)) }))
    const set = new FaultySet(members, folder)
    try {
      await Promise.all(members.map((member) => member.start()))
      await set.#initiate(electionTimeoutMs)
      await set.settled()
      return set
    } catch (error) {
      await set.remove()
      throw error
    }
  }

  /** The connection string of the database `faults`. */
  get location(): string {
    return `mongodb://${this.members.map(({ address }) => address).join()}/faults?replicaSet=${SET_NAME}`
  }

  /** Resolves with the primary as soon as there is one. */
  async primary(): Promise<Member> {
    let found: Member | undefined
    await eventually('the replica set has a primary', async () => {
      const answers = await Promise.all(this.members.map((member) => member.isPrimary()))
      found = this.members.find((_, index) => answers[index])
      return found !== undefined
    })
    return found as Member
  }

  /**
   * Resolves when the primary can confirm a write, or the one that another election has put in its place. A member that
   * follows a frozen primary needs a while to follow the new one, and no majority has anything before that.
   */
  async confirms(primary: Member): Promise<void> {
    const write = { update: 'faults', updates: [{ q: { _id: 0 }, u: { $inc: { count: 1 } }, upsert: true }] }
    await eventually('a majority confirms a write', async () => {
      const present = (await primary.isPrimary()) ? primary : await this.primary()
      const { writeConcernError } = await present.command({ ...write, writeConcern: { w: 'majority', wtimeout: 500 } })
      return writeConcernError === undefined
    })
  }

  /** Resolves when one member is the primary, and all others follow it. */
  async settled(): Promise<void> {
    await eventually('all members follow one primary', async () => {
      const { members } = await (await this.primary()).command({ replSetGetStatus: 1 })
      const states = members.map(({ state }: { state: number }) => state)
      const count = (wanted: number) => states.filter((state: number) => state === wanted).length
      return count(PRIMARY) === 1 && count(SECONDARY) === MEMBERS - 1
    })
  }

  async remove(): Promise<void> {
    await Promise.all(this.members.map((member) => member.remove()))
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #initiate(electionTimeoutMillis: number): Promise<void> {
    const [first] = this.members
    const members = this.members.map(({ address }, _id) => ({ _id, host: address }))
    const settings = { electionTimeoutMillis, heartbeatIntervalMillis: Math.min(2_000, electionTimeoutMillis / 4) }
    await eventually('a member answers', async () => {
      await first?.command({ ping: 1 })
      return true
    })
    // The command may take longer than the patience of the client.
    await first?.command({ replSetInitiate: { _id: SET_NAME, members, settings } }).catch(() => {})
  }
}
