import { Health } from '../../../gen/health/v1/health_pb.ts'
import { quote } from '../../domain/errors.ts'
import { reasons } from '../../domain/reasons.ts'
import type { Logger } from '../../telemetry/logger.ts'
import { answerFailure } from '../http/answer-failure.ts'
import { type Exchange, nameRoute, type PathHandler } from '../http/exchange.ts'
import { sendError, sendJson } from '../http/send.ts'
import type { CallKind, Readiness } from './readiness.ts'
import type { ServingState } from './serving-status.ts'

const OK = '{"status":"ok"}'
const GRPC_HEALTH = `/${Health.typeName}/`

/**
 * Serves `/livez` and `/readyz`. `/livez` is 200 if the process answers. `/readyz` is 200 if the server would serve a
 * lookup, and `/readyz?for=writes` is 200 if it would make a change. Both are 503 otherwise. The body has both states, and
 * the warnings of the server if there are any.
 */
export function createHttpHealth(readiness: Readiness, log: Logger): PathHandler {
  return (exchange, path, query) => {
    if (path !== '/livez' && path !== '/readyz') return false
    nameRoute(exchange, path)
    if (path === '/livez') sendJson(exchange, 200, OK)
    else answerReadyz(readiness, exchange, query).catch((error) => answerFailure(exchange, error, { log }))
    return true
  }
}

/** Whether a path tells only about the health of the server, over HTTP or gRPC. */
export function isHealthPath(path: string): boolean {
  return path === '/livez' || path === '/readyz' || path.startsWith(GRPC_HEALTH)
}

async function answerReadyz(readiness: Readiness, exchange: Exchange, query: string): Promise<void> {
  const wanted = new URLSearchParams(query).get('for')
  if (wanted === null || wanted === 'lookups') await sendState(readiness, exchange, 'lookups')
  else if (wanted === 'writes') await sendState(readiness, exchange, 'changes')
  else sendError(exchange, 400, `for ${quote(wanted)} is not valid; use lookups or writes.`, INVALID)
}

const INVALID = { facts: { reason: 'INVALID_REQUEST' } }

async function sendState(readiness: Readiness, exchange: Exchange, wanted: CallKind): Promise<void> {
  const other = wanted === 'lookups' ? 'changes' : 'lookups'
  // A check of the other kind may take long, and its state before that is good enough.
  void readiness[other].check()
  const state = await readiness[wanted].check()
  const [lookups, changes] = [show(readiness.lookups.latest), show(readiness.changes.latest)]
  const { warnings } = readiness
  const body = JSON.stringify({
    ...{ status: show(state).status, lookups, changes },
    ...(warnings.length > 0 && { warnings }),
  })
  if (state.status === 'serving') sendJson(exchange, 200, body)
  else sendJson(exchange, 503, body, { 'retry-after': `${reasons.STORE_UNAVAILABLE.retryAfterS}` })
}

function show({ status, reason }: ServingState) {
  return { status: status === 'serving' ? 'ok' : status, reason }
}
