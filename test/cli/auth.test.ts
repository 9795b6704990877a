import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sample } from '../auth/file/sample.ts'
import { parseJsonLines, refused } from './cli-registry.ts'
import { runInProcess } from './in-process.ts'

let folder: string
let file: string
let claims: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waypost-auth-'))
  file = join(folder, 'access.yaml')
  claims = join(folder, 'claims.json')
  await writeFile(file, sample)
  const account = { email: 'svc@project.iam.gserviceaccount.com', email_verified: true }
  await writeFile(claims, JSON.stringify({ iss: 'https://accounts.google.com', sub: '1', ...account }))
})

afterAll(() => rm(folder, { recursive: true }))

describe('waypost auth check', () => {
  test('waypost auth check tells that a file has no problem, and exits with 0', async () => {
    expect(await runInProcess(['auth', 'check', file])).toEqual({
      ...{ exitCode: 0, stderr: '' },
      stdout: `${file}: 2 issuers, 1 token, 5 grants: no problem, 0 warnings.\n`,
    })
  })

  test('waypost auth check prints each problem with its line, and exits with 6', async () => {
    const bad = join(folder, 'bad.yaml')
    await writeFile(bad, 'grants:\n  - { permissions: [write], on: ["*"], to: all }\n')
    const { exitCode, stdout, stderr } = await runInProcess(['auth', 'check', bad])
    expect([exitCode, stderr]).toEqual([6, ''])
    expect(stdout.split('\n')).toEqual([
      `${bad}:2: grants[0].permissions[0] "write" is not valid; use read, register, manage, delete, call, admin.`,
      `${bad}:2: grants[0].to "all" is not valid; use anyone, or a mapping with iss, token or certificate.`,
      '',
    ])
    expect(parseJsonLines((await runInProcess(['auth', 'check', bad, '--json'])).stdout)[0]).toEqual({
      ...{ kind: 'problem', line: 2 },
      message: 'grants[0].permissions[0] "write" is not valid; use read, register, manage, delete, call, admin.',
    })
  })

  test('waypost auth check exits with 0 if the claims have the permission, and with 6 if they have not', async () => {
    const ask = (permission: string) =>
      runInProcess([
        'auth',
        'check',
        file,
        '--claims',
        claims,
        '--permission',
        permission,
        '--on',
        'my-org/x',
        '--json',
      ])
    const allowed = await ask('call')
    expect([allowed.exitCode, allowed.stderr]).toEqual([0, ''])
    expect(parseJsonLines(allowed.stdout).find(({ kind }) => kind === 'decision')).toEqual({
      ...{ kind: 'decision', caller: 'svc@project.iam.gserviceaccount.com', allowed: true },
      ...{ permission: 'call', on: 'my-org/x', grant: 'grants[1] (line 15)', reasons: [] },
    })
    const denied = await ask('delete')
    expect([denied.exitCode, denied.stderr]).toEqual([6, ''])
    expect(parseJsonLines(denied.stdout).find(({ kind }) => kind === 'decision')).toMatchObject({
      ...{ allowed: false, grant: 'grants[1] (line 15)', reasons: ['it gives read, call'] },
    })
  })

  test.for([
    [
      'a file that does not exist',
      ['none.yaml'],
      /the access file "none.yaml" cannot be read \(ENOENT\); use the path of/,
    ],
    [
      'a permission without claims',
      ['x', '--permission', 'read'],
      /--permission is given without --claims; add --claims\./,
    ],
    ['a service without a permission', ['x', '--on', 'a/b'], /--on is given without --permission; add --permission\./],
    ['an unknown permission', ['x', '--permission', 'write'], /--permission "write" is not valid; use read, register/],
  ] as const)('waypost auth check refuses %s', async ([, args, expected]) => {
    expect(await runInProcess(['auth', 'check', ...args])).toEqual(refused(2, expected))
  })

  test.for([
    [
      'claims that are no object',
      '[]',
      ['--permission', 'read'],
      /--claims ".+" has no JSON object; use a file such as/,
    ],
    [
      'a revision',
      '{}',
      ['--permission', 'read', '--on', 'a/b:1'],
      /--on "a\/b:1" is not valid; use a service, such as my-org\/my-service\./,
    ],
    [
      'all services of a namespace',
      '{}',
      ['--permission', 'read', '--on', 'a/*'],
      /--on "a\/\*" is not valid; use a service, such as my-org\/my-service\./,
    ],
  ] as const)('waypost auth check refuses %s', async ([, content, args, expected]) => {
    const path = join(folder, 'other.json')
    await writeFile(path, content)
    expect(await runInProcess(['auth', 'check', file, '--claims', path, ...args])).toEqual(refused(2, expected))
  })
})

describe('waypost auth token', () => {
  test('waypost auth token prints a new token, and the line for its hash in the access file', async () => {
    const made = JSON.parse((await runInProcess(['auth', 'token', 'ci-legacy', '--json'])).stdout)
    expect(made.token).toMatch(/^waypost_[A-Za-z0-9_-]{43}$/)
    expect(made).toEqual({
      ...{ name: 'ci-legacy', token: made.token },
      sha256: createHash('sha256').update(String(made.token)).digest('hex'),
    })
    const { exitCode, stdout, stderr } = await runInProcess(['auth', 'token', 'ci-legacy'])
    expect([exitCode, stderr]).toEqual([0, ''])
    const [, token = '', sha256] =
      /^token: (.+)\nGive .+\n {2}- \{ name: "ci-legacy", sha256: ([0-9a-f]{64}) \}\n$/.exec(stdout) ?? []
    expect(sha256).toBe(createHash('sha256').update(token).digest('hex'))
    expect(token).not.toBe(made.token)
  })

  test('waypost auth token refuses a name that the access file would refuse', async () => {
    expect(await runInProcess(['auth', 'token', 'a b'])).toEqual(
      refused(2, /name "a b" is not valid; use 1 to 64 letters, digits, ".", "_" or "-", such as "ci-legacy"/),
    )
  })
})
