import type { ServiceId } from '../../../domain/sruid.ts'
import type { FoundDocument } from './found-entry.ts'
import {
  type Batch,
  type Found,
  type FoundDocuments,
  inCommands,
  type LabelledDocument,
  toBatches,
  toCommand,
  toFound,
  type Waiting,
  type Wanted,
} from './lookup-batch.ts'
import type { Place, RecalledDocuments } from './places.ts'

/** The commands of lookups. */
export interface LookupCommands {
  /** The most commands at once. While they run, lookups wait, and share the next command. */
  readonly atOnce: number
  /** Reads documents of the collection in one command. */
  read(pipeline: object[]): Promise<readonly LabelledDocument[]>
  /** As `read`, for a command that may take long. These are apart from the others. */
  readLong(pipeline: object[]): Promise<readonly LabelledDocument[]>
}

/** The most services and parts in one command. A server runs a command on one core, and refuses 1,000 stages. */
const PER_COMMAND = { batches: 32, parts: 128 } as const

/** The most tags of one service in a command that is not long. */
const TAGS_PER_COMMAND = 100

/**
 * Puts all lookups that arrive within one turn of the event loop into one command. It is sent after the last of them
 * has arrived, so each lookup sees everything that was written before its call.
 */
export class GroupLookup {
  readonly #commands: LookupCommands
  #waiting: Waiting[] = []
  #isScheduled = false
  #running = 0

  constructor(commands: LookupCommands) {
    this.#commands = commands
  }

  /** Resolves with null if the service has no entry, or none of the generation. */
  find(wanted: Wanted): Promise<Found | null> {
    return this.#add(wanted, (found) => toFound(wanted, found))
  }

  /** The id of the newest entry of a service. */
  newestId(service: ServiceId): Promise<string | undefined> {
    return this.#add({ service, wants: 'newest-id' }, ({ newestId }) => newestId)
  }

  /** The first entry whose request has this id. */
  findRequest(service: ServiceId, requestId: string): Promise<FoundDocument | undefined> {
    return this.#add({ service, requestId }, ({ byRequest }) => byRequest.get(requestId))
  }

  /** The entries of a place, and the newer ones, as far as they were read. */
  recall(service: ServiceId, place: Place): Promise<RecalledDocuments> {
    return this.#add({ service, place }, (documents) => documents)
  }

  #add<T>(wanted: Waiting['wanted'], read: (documents: FoundDocuments) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ wanted, answer: (documents) => resolve(read(documents)), reject })
      this.#schedule()
    })
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      this.#flush()
    })
  }

  #flush(): void {
    if (this.#running >= this.#commands.atOnce) return
    const batches = Map.groupBy(toBatches(this.#waiting.splice(0)), isLong)
    for (const batch of batches.get(true) ?? []) void this.#answer([batch], this.#commands.readLong)
    const others = inCommands(batches.get(false) ?? [], PER_COMMAND)
    const later = others.splice(this.#commands.atOnce - this.#running)
    this.#waiting.push(...later.flat().flatMap(({ waiting }) => waiting))
    for (const command of others) void this.#run(command)
  }

  async #run(batches: readonly Batch[]): Promise<void> {
    this.#running++
    await this.#answer(batches, this.#commands.read)
    this.#running--
    if (this.#waiting.length > 0) this.#schedule()
  }

  async #answer(batches: readonly Batch[], read: LookupCommands['read']): Promise<void> {
    try {
      const command = toCommand(batches)
      const documents = command.sort(await read(command.pipeline))
      for (const [index, { waiting }] of batches.entries()) {
        for (const { answer } of waiting) answer(documents[index] as FoundDocuments)
      }
    } catch (error) {
      for (const { waiting } of batches) for (const { reject } of waiting) reject(error)
    }
  }
}

function isLong({ query: { tags } }: Batch): boolean {
  return tags.size > TAGS_PER_COMMAND
}
