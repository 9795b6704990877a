import { type AccessRules, createAccessRules } from '../src/domain/access/access-rules.ts'
import type { Grant } from '../src/domain/access/grant.ts'
import type { Identity } from '../src/domain/access/identity.ts'
import { parseServiceId } from '../src/domain/sruid.ts'
import { type Bench, besideLimit, measureInTurn, type Row } from './bench.ts'

const GRANTS = 1_000
const ISSUER = 'https://token.actions.githubusercontent.com'
const WORKFLOW = 'my-org/workflows/.github/workflows/release.yml@refs/tags/'
/** The calls between two looks at the clock. */
const CALLS = 1_000

/** The CPU time to decide whether a caller may register, with 1,000 grants for 1,000 repositories of one issuer. */
export async function access(bench: Bench): Promise<Row[]> {
  bench.say('Permissions by 1,000 grants')
  const rules = createAccessRules(Array.from({ length: GRANTS }, (_, index) => toGrant(index)))
  const known = Array.from({ length: GRANTS }, (_, index) => toIdentity(index))
  const rounds = await measureInTurn(bench, {
    created: async (seconds) => measure(rules, toIdentity, seconds),
    known: async (seconds) => measure(rules, (index) => known[index] as Identity, seconds),
  })
  return [
    besideLimit({
      ...{ name: 'The permission of a new caller, 1,000 grants', unit: 'µs' },
      ours: rounds.map(({ created }) => created),
    }),
    besideLimit({
      ...{ name: 'The permission of a known caller, 1,000 grants', unit: 'µs' },
      ours: rounds.map(({ known }) => known),
    }),
  ]
}

function toGrant(index: number): Grant {
  const claim = (name: string, text: string, isPrefix = false) => ({ path: [name], text, isPrefix })
  const claims = [
    claim('repository_owner_id', '123456'),
    claim('repository', `my-org/service-${index}`),
    claim('job_workflow_ref', WORKFLOW, true),
  ]
  return {
    permissions: ['register'],
    on: [{ namespace: 'my-org', name: `service-${index}` }],
    to: { kind: 'oidc', issuer: ISSUER, claims },
    place: `grants[${index}]`,
  }
}

// With as many claims as a token of GitHub has.
function toIdentity(index: number): Identity {
  const others = Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`claim_${at}`, 'x']))
  const subject = `repo:my-org/service-${index}:ref:refs/tags/1.2.9`
  const claims = {
    ...{ iss: ISSUER, sub: subject, ...others, repository_owner_id: '123456', repository: `my-org/service-${index}` },
    job_workflow_ref: `${WORKFLOW}1.2.9`,
  }
  return { kind: 'oidc', principal: { name: 'github', issuer: ISSUER, subject }, claims }
}

/**
 * The average CPU time of one decision, in µs, because nothing here waits. The identities are made before the clock starts.
 */
function measure(rules: AccessRules, identityOf: (index: number) => Identity, seconds: number): number {
  const services = Array.from({ length: GRANTS }, (_, index) => parseServiceId('my-org', `service-${index}`))
  let [spent, calls] = [0, 0]
  while (spent < seconds * 1_000_000) {
    const identities = Array.from({ length: CALLS }, (_, index) => identityOf(index % GRANTS))
    const start = process.cpuUsage()
    for (const [index, identity] of identities.entries()) {
      rules.accessOf(identity).authorize('register', services[index % GRANTS] ?? null)
    }
    const { user, system } = process.cpuUsage(start)
    spent += user + system
    calls += CALLS
  }
  return spent / calls
}
