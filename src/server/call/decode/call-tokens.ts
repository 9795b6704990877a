import type { IssueCallTokenRequest } from '../../../../gen/waypost/v1/service_registry_pb.ts'
import { fieldError } from '../../../domain/errors.ts'
import { parseLabelSelector } from '../../../domain/labels/label-selector.ts'
import type { CallTokenQuery } from '../../../registry/tokens/issue-call-token.ts'
import { toServiceId } from './common.ts'
import { toSelector } from './revisions.ts'

/** The bounds of the lifetime of a token to call a revision, in seconds. */
const [LEAST_LIFETIME_S, MOST_LIFETIME_S] = [60, 3_600]

const USUAL_LIFETIME_S = 300

/** Selects a revision as `toGetQuery` does. Throws `INVALID_LIFETIME` for a lifetime out of bounds. */
export function toCallTokenQuery(request: IssueCallTokenRequest): CallTokenQuery {
  return {
    service: toServiceId(request),
    selector: toSelector(request),
    labels: parseLabelSelector(request.labelSelector),
    explain: false,
    lifetimeS: toLifetime(request.lifetimeSeconds),
  }
}

function toLifetime(seconds: number): number {
  if (seconds === 0) return USUAL_LIFETIME_S
  if (seconds >= LEAST_LIFETIME_S && seconds <= MOST_LIFETIME_S) return seconds
  const description = `lifetime_seconds is ${seconds}; use ${LEAST_LIFETIME_S} to ${MOST_LIFETIME_S}, or leave it out for ${USUAL_LIFETIME_S}.`
  throw fieldError('INVALID_LIFETIME', 'lifetime_seconds', description)
}
