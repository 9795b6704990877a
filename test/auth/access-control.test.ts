import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { type AccessControlFile, openAccessControl } from '../../src/auth/access-control.ts'
import type { CallerAccess } from '../../src/domain/access/access-control.ts'
import { parseServiceId } from '../../src/domain/sruid.ts'
import { silentLogger } from '../../src/telemetry/logger.ts'
import { SHA256, sample, TOKEN } from './file/sample.ts'
import { fakeIssuer, makeKey } from './oidc/issuer.ts'
import { AUDIENCE, ISSUER, START_S, tokenOf } from './oidc/setting.ts'

const folder = mkdtempSync(join(tmpdir(), 'waypost-access-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const service = parseServiceId('my-org', 'my-service')
const trusted = (subject: string) => ({ subject, isTrusted: true })

let count = 0
function writeFile(text: string): string {
  const path = join(folder, `access-${count++}.yaml`)
  writeFileSync(path, text)
  return path
}

function recordingLog() {
  const lines: { level: string; message: string; fields: Record<string, unknown> }[] = []
  const at = (level: string) => (fields: object, message: string) =>
    lines.push({ level, message, fields: fields as Record<string, unknown> })
  return { lines, log: { info: at('info'), warn: at('warn'), error: at('error') } }
}

async function withAccess(text: string, use: (access: AccessControlFile, path: string) => unknown): Promise<void> {
  const path = writeFile(text)
  const access = await openAccessControl(path, { log: silentLogger })
  try {
    await use(access, path)
  } finally {
    access.close()
  }
}

function authenticate(
  access: AccessControlFile,
  authorization?: string,
  certificate?: { subject: string; isTrusted: boolean },
): CallerAccess {
  const caller = access.authenticate({ authorization, certificate })
  if (caller instanceof Promise) throw new Error('it is not synchronous')
  return caller
}

test('a static token, a certificate and a caller without a credential get the permissions of their grants', () =>
  withAccess(sample, (access) => {
    const token = authenticate(access, `Bearer ${TOKEN}`)
    expect(token.may('manage', service)).toBe(true)
    expect(token.may('register', service)).toBe(false)
    const certificate = authenticate(access, undefined, trusted('cn=root, o=My Org'))
    expect(certificate.may('delete', service)).toBe(true)
    const nobody = authenticate(access)
    expect(nobody.may('read', service)).toBe(false)
    expect(nobody.may('read', parseServiceId('public', 'x'))).toBe(true)
  }))

test('the same credential gives the same access, so that only the first call evaluates the grants', () =>
  withAccess(sample, (access) => {
    expect(authenticate(access, `Bearer ${TOKEN}`)).toBe(authenticate(access, `bearer ${TOKEN}`))
    expect(authenticate(access, undefined, trusted('CN=root'))).toBe(
      authenticate(access, undefined, trusted('CN=root')),
    )
    expect(authenticate(access)).toBe(authenticate(access))
  }))

test('a token that is sent decides, even beside a certificate with more permissions', () =>
  withAccess(sample, (access) => {
    const both = authenticate(access, `Bearer ${TOKEN}`, trusted('CN=root,O=My Org'))
    expect(both.identity.principal.subject).toBe('ci-legacy')
    expect(() => authenticate(access, 'Bearer nonsense', trusted('CN=root,O=My Org'))).toThrow(
      expect.objectContaining({ reason: 'TOKEN_INVALID' }),
    )
    expect(() => authenticate(access, '')).toThrow(expect.objectContaining({ reason: 'TOKEN_INVALID' }))
  }))

test('a certificate that no authority signed is refused, even if the same subject was trusted before', () =>
  withAccess(sample, (access) => {
    authenticate(access, undefined, trusted('CN=root,O=My Org'))
    expect(() => authenticate(access, undefined, { subject: 'CN=root,O=My Org', isTrusted: false })).toThrow(
      expect.objectContaining({ reason: 'TOKEN_INVALID' }),
    )
  }))

test('a file that cannot be used stops the start, with its path, the line and the key', async () => {
  const path = writeFile(sample.replace('[register]', '[registr]'))
  await expect(openAccessControl(path, { log: silentLogger })).rejects.toThrow(
    `${path}:9: grants[0].permissions[0] "registr" is not valid; did you mean "register"?`,
  )
})

test('a file that does not exist stops the start', async () => {
  const path = join(folder, 'none.yaml')
  await expect(openAccessControl(path, { log: silentLogger })).rejects.toThrow(
    `the access file ${JSON.stringify(path)} cannot be read (ENOENT); use the path of a YAML file that exists and is readable.`,
  )
})

test('a change of the file counts at the next call of the same caller', () =>
  withAccess(sample, async (access, path) => {
    const before = authenticate(access, `Bearer ${TOKEN}`)
    writeFileSync(path, sample.replace('[manage], on: [my-org/*]', '[manage], on: [other/*]'))
    await access.reload()
    expect(authenticate(access, `Bearer ${TOKEN}`).may('manage', service)).toBe(false)
    // A call that is underway ends by the rules by which it began.
    expect(before.may('manage', service)).toBe(true)
  }))

test('a token that the file no longer has is refused', () =>
  withAccess(sample, async (access, path) => {
    const other = SHA256.replace(/^./, (digit) => (digit === '0' ? '1' : '0'))
    writeFileSync(path, sample.replace(SHA256, other))
    await access.reload()
    expect(() => authenticate(access, `Bearer ${TOKEN}`)).toThrow(expect.objectContaining({ reason: 'TOKEN_INVALID' }))
  }))

test('a change with a mistake is logged with its line, and the earlier content stays', async () => {
  const path = writeFile(sample)
  const { log, lines } = recordingLog()
  const access = await openAccessControl(path, { log })
  writeFileSync(path, sample.replace('to: anyone', 'to: everyone'))
  await access.reload()
  expect(authenticate(access).may('read', parseServiceId('public', 'x'))).toBe(true)
  expect(lines.map(({ level, message }) => [level, message])).toEqual([
    ['error', 'the changed access file cannot be used, so the server keeps the previous one'],
  ])
  expect(lines[0]?.fields.err).toHaveProperty(
    'message',
    `${path}:20: grants[4].to "everyone" is not valid; use anyone, or a mapping with iss, token or certificate.`,
  )
  access.close()
})

/** Verifies a token while its issuer takes its time, and changes the file meanwhile. */
async function changeMeanwhile(changed: object) {
  const key = makeKey('ES256', 'key-1')
  const issuer = fakeIssuer(ISSUER)
  const { promise: asked, resolve: onAsked } = Promise.withResolvers<void>()
  const { promise: answered, resolve: answer } = Promise.withResolvers<void>()
  issuer.answer(async (_url, signal) => {
    onAsked()
    await answered
    signal?.throwIfAborted()
    return Response.json({ keys: [key.jwk] })
  })
  const file = {
    audiences: [AUDIENCE],
    issuers: [{ issuer: ISSUER, jwks_uri: `${ISSUER}/jwks` }],
    grants: [{ permissions: ['read'], on: ['*'], to: { iss: ISSUER, sub: 'alice' } }],
  }
  const path = writeFile(JSON.stringify(file))
  const options = { log: silentLogger, fetch: issuer.fetch, now: () => START_S * 1000 }
  const access = await openAccessControl(path, options)
  const caller = access.authenticate({ authorization: `Bearer ${tokenOf(key)}`, certificate: undefined })
  await asked
  writeFileSync(path, JSON.stringify({ ...file, ...changed }))
  await access.reload()
  answer()
  return Promise.resolve(caller).finally(() => access.close())
}

test('a token that is verified while the file changes is verified by the new file', async () => {
  const unchanged = await changeMeanwhile({})
  expect(unchanged.may('read', service)).toBe(true)
  await expect(changeMeanwhile({ audiences: ['https://other.example'] })).rejects.toMatchObject({
    reason: 'TOKEN_INVALID',
  })
  await expect(changeMeanwhile({ issuers: [], audiences: [], grants: [] })).rejects.toMatchObject({
    reason: 'TOKEN_INVALID',
  })
})

test('a call whose issuer gets another address of its keys meanwhile does not fail', async () => {
  const caller = await changeMeanwhile({ issuers: [{ issuer: ISSUER, jwks_uri: `${ISSUER}/other` }] })
  expect(caller.may('read', service)).toBe(true)
})
