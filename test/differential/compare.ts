import { allowedDifferences } from './allowed-differences.ts'
import type { Case } from './cases.ts'
import type { AllowedDifference, Difference, Exchange } from './difference.ts'
import { type Parts, readAnswer } from './read-answer.ts'
import type { Senders } from './servers.ts'
import type { Wire } from './ways.ts'

/** A difference between the answers of the two servers to a request. */
export interface Finding {
  /** The name of the listed difference that it is; undefined: it is not allowed. */
  readonly allowed: AllowedDifference['name'] | undefined
  /** The same for differences that probably have the same cause. */
  readonly kind: string
  /** The request, and the part in both answers. */
  readonly shown: string
}

const SHOWN_CHARACTERS = 600

/** How often the reference is asked, because it sometimes ends a connection or a stream before its answer was sent. */
const TRIES = 4

/** Sends a request to both servers, and finds the differences between their answers. */
export async function findDifferences(senders: Senders, request: Case): Promise<Finding[]> {
  const [ourSender, theirSender] = senders[request.way.transport]
  const answer = ourSender.send(request.wire)
  let findings: Finding[] = []
  for (let tries = 0; tries < TRIES; tries++) {
    const [ours, theirs] = await Promise.all([answer, theirSender.send(request.wire)])
    const both = { request, ours: readAnswer(ours, request.method), theirs: readAnswer(theirs, request.method) }
    findings = differences(both.ours, both.theirs).map((difference) => toFinding(difference, both))
    if (both.ours.cut !== undefined && both.theirs.cut !== undefined) {
      // Two servers that both fail to answer would otherwise be the same.
      findings.push(toFinding({ part: 'cut', ours: both.ours.cut, theirs: 'a whole answer' }, both))
    }
    if (findings.every(({ allowed }) => allowed !== undefined)) break
  }
  return findings
}

function toFinding(difference: Difference, exchange: Exchange): Finding {
  const allowed = allowedDifferences.find(({ covers }) => covers(difference, exchange))?.name
  return { allowed, kind: kindOf(difference), shown: show(exchange.request, difference) }
}

function differences(ours: Parts, theirs: Parts): Difference[] {
  const names = new Set([...Object.keys(ours), ...Object.keys(theirs)])
  return [...names]
    .map((part) => ({ part, ours: mask(ours[part]), theirs: mask(theirs[part]) }))
    .filter((each) => each.ours !== each.theirs)
}

// An etag is the random id of an entry, and a time is that of the change.
function mask(text: string | undefined): string | undefined {
  return text
    ?.replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g, '(id)')
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, '(time)')
}

function kindOf({ part, ours, theirs }: Difference): string {
  return [part, ours, theirs].map((text) => text?.replaceAll(/"[^"]*"|\d+/g, '').slice(0, 200)).join(' | ')
}

function show(request: Case, { part, ours, theirs }: Difference): string {
  const lines = [
    request.shown,
    ...showWire(request.wire),
    `${part} of Waypost: ${ours}`,
    `${part} of the reference: ${theirs}`,
  ]
  return lines.map((line) => line.slice(0, SHOWN_CHARACTERS)).join('\n  ')
}

function showWire({ verb, path, query, headers, body }: Wire): string[] {
  const target = `${verb} ${path}${query.map(([name, value]) => ` ?${name}=${value}`).join('')}`
  return [
    target,
    headers.map(([name, value]) => `${name}: ${value}`).join(' | '),
    `body in hex: ${body.toString('hex')}`,
  ]
}
