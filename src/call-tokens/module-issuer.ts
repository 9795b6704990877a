import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { ModuleAnswer } from '../modules/messages.ts'
import type { ModuleKind } from '../modules/module-kind.ts'
import { ModuleRunner } from '../modules/module-runner.ts'
import type { CallToken, CallTokenIssuer, CallTokenOrder } from '../registry/tokens/call-token-issuer.ts'
import type { Logger } from '../telemetry/logger.ts'
import { withTimeLimit } from '../time-limit.ts'
import { callTokenFailed } from './call-token-failed.ts'
import { hideTokens } from './hide-tokens.ts'
import { toModuleRequest } from './module-request.ts'

/** How long the module may take for one token, in milliseconds. */
const TIME_LIMIT_MS = 5_000

const kind: ModuleKind = {
  noun: 'call token module',
  question: 'token',
  field: 'module',
  answer: 'object',
  hide: hideTokens,
}

/** The module, and how it runs. */
export interface ModuleIssuerOptions {
  readonly path: string
  readonly log: Logger
  /** How many processes of one server load the module. They share the memory that it may use. */
  readonly sharers?: number
  /** The longest time for one token, in milliseconds. Default: 5,000. */
  readonly timeLimitMs?: number
}

/** An issuer whose tokens a module gets from somebody else. */
export interface ModuleIssuer extends CallTokenIssuer {
  /** Reads the module again. Rejects if the new one cannot be used: the old one goes on. */
  reload(): Promise<void>
  close(): void
}

/** Loads a module. Rejects with an error for people if it cannot be used. */
export async function openModuleIssuer(options: ModuleIssuerOptions): Promise<ModuleIssuer> {
  const { log, sharers = 1, timeLimitMs = TIME_LIMIT_MS } = options
  const path = resolve(options.path)
  if (!existsSync(path)) throw new Error('the file does not exist; use jwt, or the path of a module.')
  const module = new ModuleRunner({ path, kind, log, sharers })
  await module.start()
  return {
    issue: (order, signal) => ask(module, order, { signal, ms: timeLimitMs }),
    reload: () => module.reload(),
    close: () => module.close(),
  }
}

async function ask(
  module: ModuleRunner,
  order: CallTokenOrder,
  { signal, ms }: { readonly signal: AbortSignal; readonly ms: number },
): Promise<CallToken> {
  const controller = new AbortController()
  const late = () => {
    controller.abort()
    return new Error(`the call token module took longer than ${ms} ms`)
  }
  try {
    const asking = module.ask(() => [toModuleRequest(order)], controller.signal)
    return requireToken(await withTimeLimit(asking, { ms, late, signal }))
  } catch (cause) {
    if (signal.aborted) throw signal.reason
    throw callTokenFailed(order, withoutTokens(cause))
  }
}

// The messages name no value, because it may be a token.
function requireToken(answer: ModuleAnswer): CallToken {
  if (typeof answer !== 'object') throw wrong(typeof answer === 'string' ? answer : 'a value of the type boolean')
  const { accessToken, expiresInSeconds } = answer
  if (typeof accessToken !== 'string' || !/^[\x21-\x7e]{1,16384}$/.test(accessToken)) {
    throw wrong('an object whose accessToken is not a text of 1 to 16384 visible ASCII characters')
  }
  if (
    !Number.isSafeInteger(expiresInSeconds) ||
    (expiresInSeconds as number) < 1 ||
    (expiresInSeconds as number) > MOST_S
  ) {
    throw wrong(`an object whose expiresInSeconds is not a whole number from 1 to ${MOST_S}`)
  }
  return { accessToken, expiresInS: expiresInSeconds as number }
}

/** The longest life that an answer can have: `expires_in` is a number of 32 bits. */
const MOST_S = 2 ** 31 - 1

function wrong(what: string): Error {
  return new Error(`the call token module answered with ${what}; return { accessToken, expiresInSeconds }.`)
}

// The module may throw an error whose text has the answer of its issuer.
function withoutTokens(cause: unknown): Error {
  return new Error(hideTokens(cause instanceof Error ? cause.message : String(cause)))
}
