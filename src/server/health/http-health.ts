import { Health } from '../../../gen/health/v1/health_pb.ts'
import { quote, reasons } from '../../domain/errors.ts'
import { type NodeResponse, type PathHandler, sendError, sendJson } from '../http/node-http.ts'
import type { CallKind, Readiness } from './readiness.ts'
import type { ServingState } from './serving-status.ts'

const OK = '{"status":"ok"}'

/**
 * Serves `/livez` and `/readyz`. `/livez` is 200 if the process answers. `/readyz` is 200 if the server would serve a
 * lookup, and `/readyz?for=writes` is 200 if it would make a change. Both are 503 otherwise. The body has both states.
 */
export function createHttpHealth(readiness: Readiness): PathHandler {
  return (_request, response, path, query) => {
    if (path === '/livez') sendJson(response, 200, OK)
    else if (path === '/readyz') answerReadyz(readiness, response, new URLSearchParams(query).get('for'))
    else return false
    return true
  }
}

/** Whether a path tells only about the health of the server, over HTTP or gRPC. */
export function isHealthPath(path: string): boolean {
  return path === '/livez' || path === '/readyz' || path.startsWith(`/${Health.typeName}/`)
}

function answerReadyz(readiness: Readiness, response: NodeResponse, wanted: string | null): void {
  if (wanted === null || wanted === 'lookups') void sendState(readiness, response, 'lookups')
  else if (wanted === 'writes') void sendState(readiness, response, 'changes')
  else sendError(response, 400, `for ${quote(wanted)} is not valid; use lookups or writes.`, INVALID)
}

const INVALID = { facts: { reason: 'INVALID_REQUEST' } }

async function sendState(readiness: Readiness, response: NodeResponse, wanted: CallKind): Promise<void> {
  const other = wanted === 'lookups' ? 'changes' : 'lookups'
  // A check of the other kind may take long, and its state before that is good enough.
  void readiness[other].check()
  const state = await readiness[wanted].check()
  const [lookups, changes] = [show(readiness.lookups.latest), show(readiness.changes.latest)]
  const body = JSON.stringify({ status: show(state).status, lookups, changes })
  if (state.status === 'serving') sendJson(response, 200, body)
  else sendJson(response, 503, body, { 'retry-after': `${reasons.STORE_UNAVAILABLE.retryAfterS}` })
}

function show({ status, reason }: ServingState) {
  return { status: status === 'serving' ? 'ok' : status, reason }
}
