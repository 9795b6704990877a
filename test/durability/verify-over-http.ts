import type { Registration } from './acknowledgements.ts'
import type { ServiceLog } from './verify.ts'

const AT_ONCE = 16

/** The acknowledged registrations that the server answers wrongly or not at all. */
export async function checkAcknowledgedOverHttp(url: string, acknowledged: readonly Registration[]): Promise<string[]> {
  const answers = await getAll(url, acknowledged)
  return answers.flatMap(({ violation }) => violation ?? [])
}

/**
 * Gets every stored revision of a service by its tag. It is a violation if a revision is not found, if more than one
 * revision is the default, or if the default of the service is another revision.
 */
export async function checkDefaultOverHttp(url: string, { service, entries }: ServiceLog): Promise<string[]> {
  const answers = await getAll(
    url,
    entries.map(({ revision }) => ({ service, tag: revision.revisionTag })),
  )
  const defaults = answers.filter(({ isDefault }) => isDefault).map(({ tag }) => tag)
  const answer = (await (await fetch(`${url}/services/${service}`)).json()) as { revision_tag?: string }
  const expected = answer.revision_tag === undefined ? [] : [answer.revision_tag]
  const violations = answers.flatMap(({ violation }) => violation ?? [])
  if (String(defaults) === String(expected)) return violations
  return [...violations, `${service}: the default is ${expected}, by their tags it is ${defaults.join(' and ')}`]
}

interface Got {
  readonly tag: string
  readonly isDefault?: boolean
  readonly violation?: string
}

async function getAll(url: string, revisions: readonly Pick<Registration, 'service' | 'tag'>[]): Promise<Got[]> {
  const waiting = revisions.values()
  const answers: Got[] = []
  const getNext = async () => {
    // The clients share the iterator.
    for (const { service, tag } of { [Symbol.iterator]: () => ({ next: () => waiting.next() }) }) {
      answers.push(await get(url, service, tag))
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, getNext))
  return answers
}

async function get(url: string, service: string, tag: string): Promise<Got> {
  const response = await fetch(`${url}/services/${service}?revision_tag=${tag}`)
  const body = await response.text()
  const [namespace, name] = service.split('/')
  for (const isDefault of [true, false]) {
    const expected = JSON.stringify({ namespace, name, revision_tag: tag, is_default: isDefault })
    if (response.status === 200 && body === expected) return { tag, isDefault }
  }
  return { tag, violation: `GET ${service}:${tag} answered ${response.status} ${body}` }
}
