import { describe, expect, onTestFinished, test } from 'vitest'
import { startInProcess } from '../support/in-process.ts'
import { sendJson } from '../support/send-json.ts'
import { newKeyDirectory } from '../support/signing-keys.ts'
import { sqliteStorage } from '../support/storage.ts'

const JWKS = '/.well-known/jwks.json'
const METADATA = '/.well-known/oauth-authorization-server'

interface Options {
  readonly publicUrl: string
  readonly basePath?: string
}

async function start({ publicUrl, basePath = '' }: Options) {
  const storage = await sqliteStorage()
  const issuer = { kind: 'jwt', publicUrl, signingKeys: await newKeyDirectory() } as const
  const server = await startInProcess(storage, { basePath, callTokens: { publicUrl, issuer } })
  onTestFinished(async () => {
    await server.close()
    await storage.remove()
  })
  return server.url
}

describe('the documents about the keys', () => {
  test('the keys and the metadata are served without a credential, and may be kept for 5 minutes', async () => {
    const url = await start({ publicUrl: 'https://registry.example.com' })
    const keys = await sendJson(url, JWKS)
    expect([keys.status, keys.headers['content-type'], keys.headers['cache-control']]).toEqual([
      200,
      'application/json',
      'max-age=300',
    ])
    expect(JSON.parse(keys.text)).toEqual({ keys: [expect.objectContaining({ kty: 'EC', use: 'sig' })] })
    const metadata = await sendJson(url, METADATA)
    expect([metadata.status, metadata.headers['cache-control']]).toEqual([200, 'max-age=300'])
    expect(JSON.parse(metadata.text)).toEqual({
      issuer: 'https://registry.example.com',
      jwks_uri: 'https://registry.example.com/.well-known/jwks.json',
      // RFC 8414 requires the first list. Without the second one, a reader would have to assume grant types.
      response_types_supported: [],
      grant_types_supported: [],
    })
  })

  test.for([JWKS, METADATA])('HEAD %s is answered without a body, and other methods are refused', async (path) => {
    const url = await start({ publicUrl: 'https://registry.example.com' })
    const get = await sendJson(url, path)
    const head = await sendJson(url, path, { method: 'HEAD' })
    expect([head.status, head.text, head.headers['content-length']]).toEqual([200, '', `${get.text.length}`])
    const post = await sendJson(url, path, { method: 'POST', body: {} })
    expect([post.status, post.headers.allow]).toEqual([405, 'GET, HEAD'])
  })

  test('the documents are at the root and below the base path, as the OpenAPI document is', async () => {
    const url = await start({ publicUrl: 'https://example.com/registry', basePath: '/registry' })
    for (const path of [JWKS, METADATA]) {
      const [atRoot, below] = await Promise.all(['', '/registry'].map((prefix) => sendJson(url, `${prefix}${path}`)))
      expect([atRoot?.status, below?.status, below?.text]).toEqual([200, 200, atRoot?.text])
    }
    expect(JSON.parse((await sendJson(url, METADATA)).text).jwks_uri).toBe(
      'https://example.com/registry/.well-known/jwks.json',
    )
  })

  test('the path of the public URL follows the well-known path of the metadata (RFC 8414, section 3.1)', async () => {
    const url = await start({ publicUrl: 'https://example.com/a/registry' })
    const issuer = async (path: string) => {
      const { status, text } = await sendJson(url, path)
      return status === 200 ? JSON.parse(text).issuer : status
    }
    expect(await issuer(`${METADATA}/a/registry`)).toBe('https://example.com/a/registry')
    expect(await issuer(METADATA)).toBe('https://example.com/a/registry')
    for (const path of ['/a', '/a/registry/', '/a/registry/b', '/b']) expect(await issuer(METADATA + path)).toBe(404)
  })
})
