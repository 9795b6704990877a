import type { Answer, Api, Fields, Method } from '../support/api.ts'

const NAMESPACE = 'upgrade'
const SHARED = ['shared-0', 'shared-1']
const TURNS_BETWEEN_ALIASES = 3
const TURNS_BETWEEN_YANKS = 4
const PAUSE_AFTER_REFUSAL_MS = 20
const CHECKS_AT_ONCE = 16

/** The refusal of a call, with the moments of the call. */
export interface Refusal {
  readonly method: Method
  readonly sentAt: number
  readonly answer: Answer | undefined
}

/** A revision as the acknowledged changes left it. */
export interface Acknowledged {
  readonly name: string
  readonly revision_tag: string
  /** Undefined: a change of the state has no answer, so it may or may not be stored. */
  isYanked: boolean | undefined
}

/** A client that changes services without a pause, and remembers the acknowledged changes. */
export class Writer {
  readonly revisions: Acknowledged[] = []
  /** The target of its alias in each service; undefined: unknown. */
  readonly aliases = new Map<string, string | undefined>()
  readonly refusals: Refusal[] = []
  /** The acknowledgements of calls that were sent after the moment `refusedFrom`. */
  readonly late: Refusal[] = []
  /** The moment from which no call may succeed. */
  refusedFrom = Number.POSITIVE_INFINITY
  /** The number of its acknowledged changes. */
  count = 0
  readonly #api: Api
  readonly #id: number
  #isStopping = false
  #running: Promise<void> | undefined

  constructor(api: Api, id: number) {
    this.#api = api
    this.#id = id
  }

  /** The name of its alias, which no other client sets. */
  get alias(): string {
    return `of-${this.#id}`
  }

  start(): void {
    this.#running = this.#run()
  }

  /** Lets the client finish its call, then resolves. */
  async stop(): Promise<void> {
    this.#isStopping = true
    await this.#running
    this.#api.close()
  }

  async #run(): Promise<void> {
    for (let turn = 0; !this.#isStopping; turn++) {
      const name = turn % 3 === 2 ? `own-${this.#id}` : (SHARED[turn % 2] as string)
      const revision = { name, revision_tag: `1.${turn}.${this.#id}`, isYanked: false }
      if (!(await this.#change('register', { name, revision_tag: revision.revision_tag }))) continue
      this.revisions.push(revision)
      if (turn % TURNS_BETWEEN_ALIASES === 0) await this.#setAlias(revision)
      if (turn % TURNS_BETWEEN_YANKS === 1) await this.#yank(revision)
    }
  }

  async #setAlias({ name, revision_tag }: Acknowledged): Promise<void> {
    this.aliases.set(name, undefined)
    if (await this.#change('setAlias', { name, alias: this.alias, revision_tag })) this.aliases.set(name, revision_tag)
  }

  async #yank(revision: Acknowledged): Promise<void> {
    const { name, revision_tag } = revision
    revision.isYanked = undefined
    if (await this.#change('yank', { name, revision_tag, reason: 'broken' })) revision.isYanked = true
  }

  // Whether the change was acknowledged.
  async #change(method: Method, request: Fields): Promise<boolean> {
    const sentAt = performance.now()
    const answer = await this.#api.attempt(method, { namespace: NAMESPACE, ...request }).catch(() => undefined)
    if (answer?.ok) {
      this.count++
      if (sentAt > this.refusedFrom) this.late.push({ method, sentAt, answer })
      return true
    }
    this.refusals.push({ method, sentAt, answer })
    await new Promise((resolve) => setTimeout(resolve, PAUSE_AFTER_REFUSAL_MS))
    return false
  }
}

/** The registrations that were acknowledged so far. They are known while the clients go on. */
export function registrationsOf(writers: readonly Writer[]): Acknowledged[] {
  return writers.flatMap(({ revisions }) => revisions.map((revision) => ({ ...revision, isYanked: undefined })))
}

/** The acknowledged revisions that a server does not show as they were acknowledged. */
export function findMissing(api: Api, revisions: readonly Acknowledged[]): Promise<string[]> {
  return checkAll(revisions, (revision) => checkRevision(api, revision))
}

/** The acknowledged changes that a server does not show. The clients must have stopped. */
export async function findLost(api: Api, writers: readonly Writer[]): Promise<string[]> {
  const targets = writers.flatMap(({ alias, aliases }) =>
    [...aliases].map(([name, target]) => ({ name, alias, target })),
  )
  return [
    ...(await findMissing(
      api,
      writers.flatMap(({ revisions }) => revisions),
    )),
    ...(await checkAll(targets, (target) => checkAlias(api, target))),
  ]
}

async function checkAll<T>(items: readonly T[], check: (item: T) => Promise<string | undefined>): Promise<string[]> {
  const problems: string[] = []
  for (let at = 0; at < items.length; at += CHECKS_AT_ONCE) {
    const found = await Promise.all(items.slice(at, at + CHECKS_AT_ONCE).map(check))
    problems.push(...found.filter((problem) => problem !== undefined))
  }
  return problems
}

async function checkRevision(api: Api, { name, revision_tag, isYanked }: Acknowledged): Promise<string | undefined> {
  const answer = await api.attempt('get', { namespace: NAMESPACE, name, revision_tag })
  const found = answer.ok ? (answer.response.revision as Fields) : undefined
  const isState = isYanked === undefined || (found?.state === 'YANKED') === isYanked
  return found?.revision_tag === revision_tag && isState ? undefined : problem(`${name}:${revision_tag}`, answer)
}

async function checkAlias(
  api: Api,
  { name, alias, target }: { readonly name: string; readonly alias: string; readonly target: string | undefined },
): Promise<string | undefined> {
  if (target === undefined) return undefined
  const answer = await api.attempt('getAlias', { namespace: NAMESPACE, name, alias })
  const found = answer.ok ? (answer.response.alias as Fields) : undefined
  return found?.revision_tag === target ? undefined : problem(`${name} alias ${alias} ${target}`, answer)
}

function problem(what: string, answer: Answer): string {
  return `${what}: ${JSON.stringify(answer.ok ? answer.response : { ...answer.error, message: answer.error.message })}`
}
