import { lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Code } from '@connectrpc/connect'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Methods, refusal, refusing, type StubRegistry, startStubRegistry } from '../support/stub-registry.ts'
import { runInProcess } from './in-process.ts'

const found: Methods = {
  get: ({ namespace, name }) => ({ revision: { namespace, name, revisionTag: '1.0.0' } }),
}

let folder: string
let file: string
let registry: StubRegistry
let other: StubRegistry

beforeAll(async () => {
  registry = await startStubRegistry()
  other = await startStubRegistry()
})

beforeEach(() => {
  for (const each of [registry, other]) each.answer(found)
  folder = mkdtempSync(join(tmpdir(), 'waypost-config-'))
  file = join(folder, 'waypost', 'config.yaml')
  return () => rmSync(folder, { recursive: true })
})

afterAll(async () => {
  await registry.close()
  await other.close()
})

const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  runInProcess(args, { XDG_CONFIG_HOME: folder, ...env })
const config = (...args: readonly string[]) => run(['config', ...args])
const get = (args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) =>
  run(['get', 'my-org/x', ...args], env)

async function text(...args: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await config(...args)
  expect([exitCode, stderr], args.join(' ')).toEqual([0, ''])
  return stdout
}

function write(content: string): void {
  mkdirSync(join(folder, 'waypost'), { recursive: true })
  writeFileSync(file, content)
}

const done = { exitCode: 0, stderr: '' }
const refused = (message: RegExp | string, exitCode = 2) => ({
  ...{ exitCode, stdout: '' },
  stderr: typeof message === 'string' ? `waypost: ${message}\n` : expect.stringMatching(message),
})

describe('waypost config', () => {
  test('profiles are made, listed, read, chosen and removed', async () => {
    expect(await text('list')).toBe('')
    expect(await text('set', 'registry', 'https://a.example', '--profile', 'work')).toBe(
      'work: registry is now https://a.example\n',
    )
    await text('set', 'token-from', 'google', '--profile', 'work')
    expect(await text('set', 'timeout', '2.5')).toBe('default: timeout is now 2.5\n')
    expect(await text('use', 'work')).toBe('the current profile is work\n')
    expect(await text('list')).toBe(
      '* work\n    registry: https://a.example\n    token-from: google\n  default\n    timeout: 2.5\n',
    )
    expect(await text('list', '--json')).toBe(
      '{"profile":"work","is_current":true,"registry":"https://a.example","token_from":"google"}\n' +
        '{"profile":"default","is_current":false,"timeout":"2.5"}\n',
    )
    expect(await text('get', 'registry')).toBe('https://a.example\n')
    expect(await text('get', 'timeout', '--profile', 'default')).toBe('2.5\n')
    expect(await text('unset', 'token-from')).toBe('work: token-from is not set\n')
    await text('unset', 'registry')
    expect(await text('list'), 'a profile without values is gone, and default is the current one').toBe(
      '* default\n    timeout: 2.5\n',
    )
  })

  test('only the owner can read the file, and its folder', async () => {
    await text('set', 'registry', 'https://a.example')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(statSync(join(folder, 'waypost')).mode & 0o777).toBe(0o700)
  })

  test('a change keeps the comments of the file, and makes it private', async () => {
    write('# mine\nprofiles:\n  work:\n    registry: https://a.example # the one\n')
    await text('set', 'timeout', '30', '--profile', 'work')
    expect(readFileSync(file, 'utf8')).toBe(
      '# mine\nprofiles:\n  work:\n    registry: https://a.example # the one\n    timeout: 30\n',
    )
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  test('a configuration file that is a link stays a link', async () => {
    write('')
    const target = join(folder, 'target.yaml')
    writeFileSync(target, '')
    rmSync(file)
    symlinkSync(target, file)
    await text('set', 'timeout', '30')
    expect(lstatSync(file).isSymbolicLink()).toBe(true)
    expect(readFileSync(target, 'utf8')).toContain('timeout: 30')
  })

  test('paths are stored as absolute paths', async () => {
    await text('set', 'ca', 'ca.pem')
    await text('set', 'token-from', 'file:token')
    expect(await text('get', 'ca')).toBe(`${process.cwd()}/ca.pem\n`)
    expect(await text('get', 'token-from')).toBe(`file:${process.cwd()}/token\n`)
  })

  test('waypost config path prints the path: of --config, of WAYPOST_CONFIG, or below XDG_CONFIG_HOME or HOME', async () => {
    expect(await text('path')).toBe(`${file}\n`)
    expect((await run(['config', 'path'], { WAYPOST_CONFIG: '/a/b.yaml' })).stdout).toBe('/a/b.yaml\n')
    expect((await run(['config', 'path', '--config', '/c'], { WAYPOST_CONFIG: '/a/b.yaml' })).stdout).toBe('/c\n')
    for (const XDG_CONFIG_HOME of ['', 'relative']) {
      const { stdout } = await run(['config', 'path'], { XDG_CONFIG_HOME, HOME: '/home/me' })
      expect(stdout).toBe('/home/me/.config/waypost/config.yaml\n')
    }
    expect(await run(['config', 'path'], { WAYPOST_CONFIG: '' })).toEqual(refused(/WAYPOST_CONFIG is empty/))
  })

  test.for<readonly [readonly string[], RegExp, number?]>([
    [['set', 'registry', 'a.example'], /^waypost: registry "a\.example" is not valid; use a URL such as http/],
    [['set', 'registry', 'https://me:secret@a.example'], /^waypost: registry has a user, a password/],
    [['set', 'token-from', 'gitlab'], /^waypost: token-from "gitlab" is not valid; use github, google or file:PATH\./],
    [['set', 'token-from', 'secret-secret-secret'], /^waypost: token-from the value is not valid; use github/],
    [['set', 'audience', 'a b'], /^waypost: audience "a b" is not valid/],
    [['set', 'timeout', '0'], /^waypost: timeout "0" is not valid; use a number of seconds/],
    [['set', 'ca', ''], /^waypost: ca is empty; give it a value, or use waypost config unset\./],
    [
      ['set', 'token', 'secret'],
      /^waypost: a profile has no token; .* set token-from to file:PATH, or use WAYPOST_TOKEN\.$/m,
    ],
    [['set', 'regsitry', 'https://a.example'], /^waypost: the key "regsitry" is not known; did you mean registry\?/],
    [['set', 'timeout', '5', '--profile', 'a/b'], /^waypost: the profile "a\/b" is not valid; use up to 64 letters/],
    [['set', 'timeout', '5', '--profile', '__proto__'], /^waypost: the profile "__proto__" is not valid/],
    [['get', 'qqq'], /^waypost: the key "qqq" is not known; use registry, token-from, audience/],
    [['get', 'ca'], /^waypost: the profile "default" does not exist in ".*"; make it with waypost config set\./],
    [['unset', 'ca', '--profile', 'none'], /^waypost: the profile "none" does not exist/],
    [['use', 'none'], /^waypost: the profile "none" does not exist/],
  ])('waypost config %j is refused, and writes nothing', async ([args, message]) => {
    const result = await config(...args)
    expect(result).toEqual(refused(message))
    expect(result.stderr).not.toContain('secret')
    expect(() => statSync(file)).toThrow('ENOENT')
  })

  test('waypost config get ends with 1 if the profile does not have the key', async () => {
    await text('set', 'timeout', '5')
    expect(await config('get', 'ca')).toEqual(
      refused('the profile "default" has no ca; set it with waypost config set ca VALUE.', 1),
    )
  })
})

describe('a profile', () => {
  test('the options of a command come from the current profile', async () => {
    write(`current: work\nprofiles:\n  work:\n    registry: ${registry.url}\n    token-from: file:token\n`)
    writeFileSync(join(folder, 'waypost', 'token'), 'from-file')
    expect(await get()).toMatchObject(done)
    expect(registry.credentials(), 'the path is relative to the file').toEqual(['Bearer from-file'])
  })

  test('without a current profile, the profile default is used if it exists', async () => {
    write(`profiles:\n  default:\n    registry: ${registry.url}\n`)
    expect(await get()).toMatchObject(done)
    expect(registry.requests).toHaveLength(1)
    write(`profiles:\n  work:\n    registry: ${registry.url}\n`)
    expect((await get([], { WAYPOST_REGISTRY: other.url })).exitCode).toBe(0)
    expect([registry.requests.length, other.requests.length]).toEqual([1, 1])
  })

  test('--profile is stronger than WAYPOST_PROFILE, which is stronger than the current profile', async () => {
    write(
      `current: c\nprofiles:\n  a: { registry: "${registry.url}" }\n  b: { registry: "${other.url}" }\n  c: { registry: "http://127.0.0.1:1" }\n`,
    )
    expect(await get(['--profile', 'a'], { WAYPOST_PROFILE: 'b' })).toMatchObject(done)
    expect(await get([], { WAYPOST_PROFILE: 'b' })).toMatchObject(done)
    expect([registry.requests.length, other.requests.length]).toEqual([1, 1])
    expect(await get()).toMatchObject({ exitCode: 5 })
  })

  test('a flag is stronger than a variable, and a variable is stronger than the profile', async () => {
    write(`profiles:\n  default:\n    registry: ${registry.url}\n    timeout: 0.00\n`.replace('0.00', '0.05'))
    registry.answer({ get: () => new Promise(() => {}) })
    const lateAfter = (ms: number) => ({ exitCode: 5, stderr: expect.stringContaining(`no answer within ${ms} ms`) })
    expect(await get()).toMatchObject(lateAfter(50))
    expect(await get([], { WAYPOST_TIMEOUT: '0.06' })).toMatchObject(lateAfter(60))
    expect(await get(['--timeout', '0.07'], { WAYPOST_TIMEOUT: '0.06' })).toMatchObject(lateAfter(70))
  })

  test.for<readonly [string, readonly string[], Readonly<Record<string, string>>, string | undefined]>([
    ['--token', ['--token', 'mine'], {}, 'Bearer mine'],
    ['WAYPOST_TOKEN', [], { WAYPOST_TOKEN: 'mine' }, 'Bearer mine'],
    ['an empty WAYPOST_TOKEN_FROM', [], { WAYPOST_TOKEN_FROM: '' }, undefined],
  ])('%s is stronger than the token-from of the profile', async ([, args, env, sent]) => {
    write(`profiles:\n  default:\n    registry: ${registry.url}\n    token-from: file:/none\n`)
    expect(await get(args, env)).toMatchObject(done)
    expect(registry.credentials()).toEqual([sent])
  })

  test('the credentials of a profile are sent to no registry but its own', async () => {
    write(`profiles:\n  default:\n    registry: ${registry.url}\n    token-from: file:token\n    timeout: 9\n`)
    writeFileSync(join(folder, 'waypost', 'token'), 'from-file')
    await get(['--registry', other.url])
    await get([], { WAYPOST_REGISTRY: other.url })
    expect(other.credentials()).toEqual([undefined, undefined])
    await get(['--registry', `${registry.url}/`])
    expect(registry.credentials()).toEqual(['Bearer from-file'])
  })

  test('a refusal tells that the credentials of the profile are for another registry', async () => {
    write(`profiles:\n  default:\n    registry: https://registry.example\n    token-from: github\n`)
    registry.answer({ get: refusing(refusal(Code.Unauthenticated, 'TOKEN_MISSING')) })
    const { exitCode, stderr } = await get(['--registry', registry.url])
    expect(stderr).toContain(
      'The command sent no token, because the profile has its credentials for "https://registry.example" only; give one with',
    )
    expect(exitCode).toBe(7)
  })

  test('an empty WAYPOST_CONFIG means that there is no configuration file', async () => {
    write('profiles:\n  default:\n    registry: http://127.0.0.1:1\n')
    expect(await get([], { WAYPOST_CONFIG: '', WAYPOST_REGISTRY: registry.url })).toMatchObject(done)
    expect(await get(['--profile', 'a'], { WAYPOST_CONFIG: '' })).toEqual(
      refused('the profile "a" does not exist; make it with waypost config set.'),
    )
  })

  test('a file that --config or WAYPOST_CONFIG names has to exist', async () => {
    const path = join(folder, 'none.yaml')
    const missing = refused(
      `--config (WAYPOST_CONFIG): the file ${JSON.stringify(path)} does not exist; make it with waypost config set.`,
    )
    expect(await get(['--config', path])).toEqual(missing)
    expect(await get([], { WAYPOST_CONFIG: path })).toEqual(missing)
  })

  test('a profile that does not exist is refused with the names of those that do', async () => {
    const message = (remedy: string) => `the profile "wrok" does not exist in ${JSON.stringify(file)}; ${remedy}.`
    expect(await get(['--profile', 'wrok'])).toEqual(refused(message('make it with waypost config set')))
    write('profiles:\n  work: { timeout: 1 }\n  home: { timeout: 1 }\n')
    expect(await get(['--profile', 'wrok'])).toEqual(refused(message('use work or home')))
  })

  test('a folder in the place of the file is refused', async () => {
    mkdirSync(file, { recursive: true })
    expect(await get()).toEqual(refused(/config\.yaml" cannot be used \(EISDIR/))
  })
})

describe('a configuration file that is not valid', () => {
  test.for<readonly [string, string, number, RegExp]>([
    ['an unknown key', 'profile: {}\n', 1, /profile is not known; did you mean profiles\?/],
    [
      'an unknown key of a profile',
      'profiles:\n  a:\n    regsitry: b\n',
      3,
      /profiles\.a\.regsitry is not known; did you mean registry\?/,
    ],
    ['a key of another kind', 'profiles:\n  a:\n    json: true\n', 3, /profiles\.a\.json is not known; use registry, /],
    ['a duplicate key', 'profiles:\n  a:\n    ca: b\n    ca: c\n', 4, /the key "ca" is there twice; give it once\./],
    ['a duplicate profile', 'profiles:\n  a: { ca: b }\n  a: { ca: b }\n', 3, /the key "a" is there twice/],
    ['a token', 'profiles:\n  a:\n    token: secret\n', 3, /profiles\.a\.token is not allowed; .* use WAYPOST_TOKEN\./],
    [
      'a value that is not valid',
      'profiles:\n  a:\n\n    timeout: soon\n',
      4,
      /profiles\.a\.timeout: "soon" is not valid; use/,
    ],
    [
      'a password',
      'profiles:\n  a:\n    registry: https://me:secret@a.b\n',
      3,
      /profiles\.a\.registry: has a user, a password/,
    ],
    [
      'an empty value',
      'profiles:\n  a:\n    ca:\n',
      3,
      /profiles\.a\.ca is not a text, or is empty; give it one value\./,
    ],
    ['a list as a value', 'profiles:\n  a:\n    ca: [secret]\n', 3, /profiles\.a\.ca is not a text, or is empty/],
    ['a profile that is a text', 'profiles:\n  a: secret\n', 2, /profiles\.a is not a mapping; write keys and values/],
    [
      'a name of a profile with a slash',
      'profiles:\n  a/b: { ca: c }\n',
      2,
      /profiles: the name "a\/b" is not valid; use up to/,
    ],
    ['a list', '- a\n', 1, /the file is not a mapping/],
    [
      'a current profile that does not exist',
      'profiles:\n  a: { ca: b }\ncurrent: b\n',
      3,
      /current: the profile "b" does not exist/,
    ],
    ['a key that is a list', 'profiles:\n  ? [a]\n  : b\n', 2, /profiles has a key that is not a text/],
    ['an alias', 'profiles:\n  a: &a { ca: b }\n  b: *a\n', 3, /profiles\.b is not a mapping/],
    ['a merge key', 'profiles:\n  a:\n    <<: { ca: b }\n', 3, /profiles\.a\.<< is not known/],
    ['a tab', 'profiles:\n\ta: b\n', 2, /the text is not valid YAML \(TAB_AS_INDENT\); correct it\./],
    ['an open bracket', 'profiles: {\n', 2, /the text is not valid YAML \([A-Z_]+\); correct it\./],
    ['two documents', 'profiles: {}\n---\nprofiles: {}\n', 2, /the text is not valid YAML \(MULTIPLE_DOCS\)/],
    ['a tag', 'profiles: !secret {}\n', 1, /the text is not valid YAML \(TAG_RESOLVE_FAILED\)/],
  ])('%s is refused with its line, by every command', async ([, content, line, message]) => {
    write(content)
    for (const args of [
      ['get', 'my-org/x'],
      ['config', 'list'],
      ['config', 'set', 'timeout', '5'],
    ]) {
      const result = await run(args)
      expect(result).toEqual(refused(message))
      expect(result.stderr).toContain(`waypost: ${JSON.stringify(file)}, line ${line}: `)
      expect(result.stderr).not.toContain('secret')
    }
    expect(readFileSync(file, 'utf8'), 'nothing is written').toBe(content)
  })

  test('a configuration file of more than 1 MiB is refused', async () => {
    write(`#${'a'.repeat(1024 * 1024)}`)
    expect(await get()).toEqual(refused(/cannot be used \(it has more than 1048576 bytes\); check/))
  })

  test.for(['', '\n', '# nothing\n', 'profiles: {}\n', '{}\n'])(
    'the configuration file %j is empty',
    async (content) => {
      write(content)
      expect(await get([], { WAYPOST_REGISTRY: registry.url })).toMatchObject(done)
      await text('set', 'timeout', '5')
      expect(await text('get', 'timeout')).toBe('5\n')
    },
  )
})
