import { createSign, generateKeyPairSync, type KeyObject, sign as signBytes } from 'node:crypto'
import { recordToken } from '../../support/token-search/recorder.ts'

/** A key of an issuer, with its public part as the issuer publishes it. */
export interface IssuerKey {
  readonly alg: string
  readonly kid: string
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  readonly jwk: Record<string, unknown>
}

/** Makes a key of an issuer. It uses Node's own cryptography, and not the library that the registry verifies with. */
export function makeKey(alg: 'RS256' | 'ES256' | 'EdDSA', kid: string, bits = 2048): IssuerKey {
  const { privateKey, publicKey } =
    alg === 'RS256'
      ? generateKeyPairSync('rsa', { modulusLength: bits })
      : alg === 'ES256'
        ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
        : generateKeyPairSync('ed25519')
  return { alg, kid, privateKey, publicKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' } }
}

/** Encodes a part of a token: bytes, a text as it is, or a value as JSON. */
export function encode(part: unknown): string {
  if (part instanceof Uint8Array) return Buffer.from(part).toString('base64url')
  return Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url')
}

/** Signs the two parts of a token, whatever they are. */
export function signToken(key: IssuerKey, header: unknown, payload: unknown): string {
  const content = `${encode(header)}.${encode(payload)}`
  const token = `${content}.${signatureOf(key, content).toString('base64url')}`
  recordToken(token)
  return token
}

function signatureOf({ alg, privateKey }: IssuerKey, content: string): Buffer {
  if (alg === 'RS256') return createSign('sha256').update(content).sign(privateKey)
  if (alg === 'EdDSA') return signBytes(null, Buffer.from(content), privateKey)
  return signBytes('sha256', Buffer.from(content), { key: privateKey, dsaEncoding: 'ieee-p1363' })
}

/** An issuer whose answers a test decides. It counts the requests. */
export interface FakeIssuer {
  readonly fetch: typeof fetch
  /** The URLs that were asked for. */
  readonly requests: string[]
  /** Answers with these keys from now on. */
  publish(...keys: readonly IssuerKey[]): void
  /** Answers every request for keys so from now on. */
  answer(make: (url: string, signal: AbortSignal | undefined) => Response | Promise<Response>): void
}

/** Makes an issuer that answers without a network. */
export function fakeIssuer(issuer: string, ...keys: readonly IssuerKey[]): FakeIssuer {
  const requests: string[] = []
  const jwksUri = `${issuer}/jwks`
  const keysOf = (published: readonly IssuerKey[]) => () => Response.json({ keys: published.map(({ jwk }) => jwk) })
  let make: (url: string, signal: AbortSignal | undefined) => Response | Promise<Response> = keysOf(keys)
  return {
    requests,
    fetch: async (input, init) => {
      const url = String(input)
      requests.push(url)
      init?.signal?.throwIfAborted()
      if (url.endsWith('/.well-known/openid-configuration')) return Response.json({ issuer, jwks_uri: jwksUri })
      return make(url, init?.signal ?? undefined)
    },
    publish: (...published) => {
      make = keysOf(published)
    },
    answer: (other) => {
      make = other
    },
  }
}
