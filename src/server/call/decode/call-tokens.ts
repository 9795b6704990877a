import type { IssueCallTokenRequest } from '../../../../gen/waypost/v1/service_registry_pb.ts'
import { callTokenLifetimeS } from '../../../domain/access/call-token-lifetime.ts'
import { fieldError } from '../../../domain/errors.ts'
import { parseLabelSelector } from '../../../domain/labels/label-selector.ts'
import type { CallTokenQuery } from '../../../registry/tokens/issue-call-token.ts'
import { toServiceId } from './common.ts'
import { toSelector, toTargetingKey } from './revisions.ts'

/** Selects a revision as `toGetQuery` does. Throws `INVALID_LIFETIME` for a lifetime out of bounds. */
export function toCallTokenQuery(request: IssueCallTokenRequest): CallTokenQuery {
  return {
    service: toServiceId(request),
    selector: toSelector(request),
    labels: parseLabelSelector(request.labelSelector),
    targetingKey: toTargetingKey(request),
    at: null,
    explain: false,
    lifetimeS: toLifetime(request.lifetimeSeconds),
  }
}

function toLifetime(seconds: number): number {
  const { shortest, longest, usual } = callTokenLifetimeS
  if (seconds === 0) return usual
  if (seconds >= shortest && seconds <= longest) return seconds
  const description = `lifetime_seconds is ${seconds}; use ${shortest} to ${longest}, or leave it out for ${usual}.`
  throw fieldError('INVALID_LIFETIME', 'lifetime_seconds', description)
}
