import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test, vi } from 'vitest'
import { type AccessControlFile, openAccessControl } from '../../src/auth/access-control.ts'
import type { CallerAccess } from '../../src/domain/access/access-control.ts'
import { parseServiceId } from '../../src/domain/sruid.ts'
import { silentLogger } from '../../src/telemetry/logger.ts'
import { makeKey, signToken } from './oidc/issuer.ts'

const folder = mkdtempSync(join(tmpdir(), 'waypost-watch-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const path = join(folder, 'access.yaml')
const service = parseServiceId('my-org', 'my-service')
const ISSUER = 'https://i.example'

function write(permission: string, keyFile = 'keys.json'): void {
  const head = `audiences: [a]\nissuers: [{ issuer: ${ISSUER}, jwks_file: ${keyFile} }]\ngrants:\n`
  const anyone = `  - { permissions: [${permission}], on: ["*"], to: anyone }\n`
  writeFileSync(path, `${head}${anyone}  - { permissions: [delete], on: ["*"], to: { iss: ${ISSUER}, sub: me } }\n`)
}

const writeKey = (file: string, key: ReturnType<typeof makeKey>) =>
  writeFileSync(join(folder, file), JSON.stringify({ keys: [key.jwk] }))

async function ask(access: AccessControlFile, key?: ReturnType<typeof makeKey>): Promise<CallerAccess> {
  const iat = Math.floor(Date.now() / 1_000)
  const claims = { iss: ISSUER, sub: 'me', aud: 'a', iat, exp: iat + 600 }
  const authorization = key && `Bearer ${signToken(key, { alg: 'ES256', kid: key.jwk.kid, typ: 'JWT' }, claims)}`
  return access.authenticate({ authorization, certificate: undefined })
}

test('a server sees changes of the access file, of its key file, and of a key file that it names later', async () => {
  const [first, second, third] = ['1', '2', '3'].map((kid) => makeKey('ES256', kid)) as [
    ReturnType<typeof makeKey>,
    ReturnType<typeof makeKey>,
    ReturnType<typeof makeKey>,
  ]
  writeKey('keys.json', first)
  write('read')
  const access = await openAccessControl(path, { log: silentLogger })
  const soon = { timeout: 10_000, interval: 50 }
  try {
    expect((await ask(access, first)).may('delete', service)).toBe(true)
    write('call')
    await vi.waitFor(async () => expect((await ask(access)).may('call', service)).toBe(true), soon)
    writeKey('keys.json', second)
    await vi.waitFor(async () => expect((await ask(access, second)).may('delete', service)).toBe(true), soon)
    await expect(ask(access, first)).rejects.toMatchObject({ reason: 'TOKEN_INVALID' })
    writeKey('other.json', first)
    write('call', 'other.json')
    await vi.waitFor(async () => expect((await ask(access, first)).may('delete', service)).toBe(true), soon)
    writeKey('other.json', third)
    await vi.waitFor(async () => expect((await ask(access, third)).may('delete', service)).toBe(true), soon)
  } finally {
    access.close()
  }
})
