import type { Acknowledgements, Registration } from './acknowledgements.ts'

const CLIENTS = 12
const WANTED = '-wanted'

/** The services in which every client registers. */
export const SERVICES = ['kill/service-0', 'kill/service-1', 'kill/service-2', 'kill/service-3']

/** Clients that register until the server has ended. */
export interface Clients {
  /** Resolves with the first acknowledgement, or when the server has ended before it. */
  readonly firstAcknowledgement: Promise<void>
  /** Resolves when every client has noticed the end, with the registrations that got no answer. */
  readonly finished: Promise<Registration[]>
}

export interface ClientsOptions {
  readonly url: string
  readonly round: number
  readonly acknowledgements: Acknowledgements
  /** Registrations that got no answer before. They are sent first. */
  readonly unanswered: readonly Registration[]
  /** Is called with an answer that no client should get. */
  readonly complain: (violation: string) => void
}

/** Starts the clients. Each waits until an acknowledgement is in the file before it sends the next registration. */
export function startClients(options: ClientsOptions): Clients {
  const { promise: firstAcknowledgement, resolve } = Promise.withResolvers<void>()
  const waiting = [...options.unanswered]
  const next = () => waiting.pop() ?? chooseRegistration(options.round)
  const clients = Array.from({ length: CLIENTS }, () => runClient(options, next, resolve))
  const finished = Promise.all(clients).then((unanswered) => [...unanswered, ...waiting])
  void finished.then(() => resolve())
  return { firstAcknowledgement, finished }
}

/** Resolves with the registration whose answer never came. */
async function runClient(options: ClientsOptions, next: () => Registration, acknowledged: () => void) {
  const { url, acknowledgements, complain } = options
  for (;;) {
    const registration = next()
    const answer = await post(url, registration)
    if (answer === undefined) return registration
    if (answer.status === 200 || answer.status === 201) {
      acknowledgements.add(registration)
      acknowledged()
    }
    // The server may end in the middle of the body. The status is enough.
    const text = await answer.text().catch(() => '')
    if (isRight(registration, answer.status, text)) continue
    complain(`registering ${JSON.stringify(registration)} answered ${answer.status} ${text}`)
  }
}

/** Sends a registration. Resolves with undefined if the connection broke before the status arrived. */
export async function post(url: string, { service, tag, isDefault }: Registration): Promise<Response | undefined> {
  const body = JSON.stringify({ revision_tag: tag, ...(isDefault === null ? {} : { is_default: isDefault }) })
  const headers = { 'content-type': 'application/json' }
  return fetch(`${url}/services/${service}`, { method: 'POST', headers, body }).catch(() => undefined)
}

/**
 * Whether an answer is right. A registration without an answer may be stored, so it can be a replay. Only a tag that other
 * clients also use can be registered with other content.
 */
export function isRight({ service, tag, isDefault }: Registration, status: number, text: string): boolean {
  if (status !== 200 && status !== 201) return status === 409 && tag.endsWith(WANTED)
  if (text === '') return true
  const revision = JSON.parse(text) as { namespace: string; name: string; revision_tag: string; is_default: boolean }
  const isSame = `${revision.namespace}/${revision.name}` === service && revision.revision_tag === tag
  // A replay answers the present state, in which another revision may be the default.
  return isSame && (status === 200 || isDefault === null || revision.is_default === isDefault)
}

/** Chooses a registration at random. Those of different rounds differ. */
export function chooseRegistration(round: number): Registration {
  const service = pick(SERVICES)
  // There are few tags, so several clients use the same tag with the same or with other content.
  if (Math.random() < 0.2)
    return { service, tag: `${round}.${pickBelow(20)}.0${WANTED}`, isDefault: pick([true, null]) }
  const unique = `${round}.${pickBelow(1_000)}.${pickBelow(1_000_000)}`
  const tag = pick([unique, unique, `v${unique}-beta.1`, `branch-${unique}`])
  return { service, tag, isDefault: pick([true, false, null, null]) }
}

function pick<T>(choices: readonly T[]): T {
  return choices[pickBelow(choices.length)] as T
}

function pickBelow(limit: number): number {
  return Math.floor(Math.random() * limit)
}
