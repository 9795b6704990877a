import { type Document, ReadConcern, type ReadConcernLevel } from 'mongodb'

/** The levels that the connection string may name. With the others, an answer could be undone later. */
const ALLOWED = ['majority', 'linearizable'] as const

/** A setting of the connection string with which the store does not start. Its message says which, and what to do. */
export class RefusedSetting extends Error {}

/**
 * The read concern of all reads. `hello` is the answer of a server to this command. Throws `RefusedSetting` if the
 * connection string names a level that is not allowed.
 */
export function chooseReadConcern(
  options: { readonly readConcern?: ReadConcern | undefined },
  hello: Document,
): ReadConcern {
  const isReplicated = 'setName' in hello || hello.msg === 'isdbgrid'
  const level = options.readConcern?.level
  // A server without replicas never undoes a write that it has shown, except if it crashes.
  if (level === undefined) return new ReadConcern(isReplicated ? 'majority' : 'local')
  requireAllowed(level)
  if (level === 'linearizable' && !isReplicated) {
    throw new RefusedSetting(
      'readConcernLevel is "linearizable", which a MongoDB server without replicas refuses; leave it out.',
    )
  }
  return new ReadConcern(level as ReadConcernLevel)
}

function requireAllowed(level: string): void {
  if (ALLOWED.some((allowed) => allowed === level)) return
  const allowed = ALLOWED.map((each) => JSON.stringify(each)).join(' or ')
  throw new RefusedSetting(`readConcernLevel is ${JSON.stringify(level)}; use ${allowed}, or leave it out.`)
}
