import { createHash } from 'node:crypto'
import type { RequestMark } from '../../domain/log.ts'
import { parseRequestId } from '../../domain/mutation.ts'

/** How a change remembers its request; null where that has no id. What a command says decides whether two are the same. */
export function markRequest(requestId: string, rpc: string, command: object): RequestMark | null {
  if (requestId === '') return null
  const content = JSON.stringify([rpc, command])
  return { id: parseRequestId(requestId), fingerprint: createHash('sha256').update(content).digest('base64url') }
}
