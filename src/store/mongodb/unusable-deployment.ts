import { hasCode, UNAUTHORIZED, withoutCommand } from './errors.ts'
import { RefusedSetting } from './read-concern.ts'

/** The error for a deployment that cannot be used. A user who may do all that is needed has this role on the database. */
export function unusableDeployment(cause: unknown, role: string): Error {
  if (cause instanceof RefusedSetting) return cause
  const why = cause instanceof Error ? cause.message.replace(/\.$/, '') : String(cause)
  const remedy = hasCode(cause, UNAUTHORIZED)
    ? `use a user who has the role ${role} on the database`
    : 'check the connection string, and that the deployment runs'
  return new Error(`the deployment cannot be used (${withoutCommand(why)}); ${remedy}.`, { cause })
}
