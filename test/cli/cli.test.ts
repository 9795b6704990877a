import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runWaypost, type ServeProcess, spawnServe } from '../support/serve.ts'
import { type Storage, sqliteStorage } from '../support/storage.ts'

let storage: Storage
let server: ServeProcess

beforeAll(async () => {
  storage = await sqliteStorage()
  server = await spawnServe(['--store', storage.location])
})

afterAll(async () => {
  await server.stop()
  await storage.remove()
})

const waypost = (...args: string[]) => runWaypost(args, { WAYPOST_REGISTRY: server.url })
const done = (stdout: string) => ({ exitCode: 0, stdout, stderr: '' })
const failed = (exitCode: number, stderr: RegExp) => ({ exitCode, stdout: '', stderr: expect.stringMatching(stderr) })

describe('waypost register and waypost get', () => {
  test('waypost register and waypost get print the revision', async () => {
    expect(await waypost('register', 'my-org/my-service:1.2.9')).toEqual(done('my-org/my-service:1.2.9 (default)\n'))
    expect(await waypost('get', 'my-org/my-service')).toEqual(done('my-org/my-service:1.2.9 (default)\n'))
    expect(await waypost('get', 'my-org/my-service:1.2.9')).toEqual(done('my-org/my-service:1.2.9 (default)\n'))
  })

  test('waypost register and waypost get print JSON with the keys of the API', async () => {
    const json = '{"namespace":"my-org","name":"json","revision_tag":"1.0.0","is_default":true}\n'
    expect(await waypost('register', 'my-org/json:1.0.0', '--json')).toEqual(done(json))
    expect(await waypost('register', 'my-org/json:1.0.0', '--json')).toEqual(done(json))
    expect(await waypost('get', 'my-org/json', '--json')).toEqual(done(json))
  })

  test('the flag --registry has precedence over the environment', async () => {
    await waypost('register', 'my-org/flag:1.0.0')
    const env = { WAYPOST_REGISTRY: 'http://127.0.0.1:1' }
    expect(await runWaypost(['get', 'my-org/flag', '--registry', server.url], env)).toMatchObject({ exitCode: 0 })
  })

  test('--default and --no-default of waypost register decide whether the revision becomes the default', async () => {
    await waypost('register', 'my-org/flags:1.0.0')
    expect(await waypost('register', 'my-org/flags:2.0.0', '--no-default')).toEqual(done('my-org/flags:2.0.0\n'))
    expect(await waypost('register', 'my-org/flags:0.9.0', '--default')).toEqual(done('my-org/flags:0.9.0 (default)\n'))
  })

  test('waypost register reports that a revision was registered before', async () => {
    await waypost('register', 'my-org/again:1.0.0')
    expect(await waypost('register', 'my-org/again:1.0.0')).toEqual(
      done('my-org/again:1.0.0 (default), already registered\n'),
    )
  })
})

describe('exit codes', () => {
  test.for([
    [
      3,
      ['get', 'my-org/nothing'],
      /^waypost: Service revision not found. There is no service my-org\/nothing; check its name, or register its first revision\.\n$/,
      'not found',
    ],
    [2, ['get', 'My-Org/x'], /^waypost: namespace "My-Org" is not valid/, 'a bad name'],
    [
      2,
      ['register', 'my-org/x'],
      /^waypost: sruid "my-org\/x" is not valid; use namespace\/name:revision_tag/,
      'no tag',
    ],
    [2, ['get'], /^waypost: the argument <service> is missing/, 'no argument'],
    [2, ['get', 'a/b', 'c'], /^waypost: the argument "c" is one too many/, 'too many arguments'],
    [2, ['get', 'a/b', '--colour'], /^waypost: the option "--colour" is not known/, 'an unknown flag'],
    [2, ['paint'], /^waypost: the command "paint" is not known/, 'an unknown command'],
    [2, ['get', 'a/b', '--registry', 'here'], /^waypost: --registry "here" is not valid/, 'a bad registry'],
    [5, ['get', 'a/b', '--registry', 'http://127.0.0.1:1'], /^waypost: .*ECONNREFUSED/, 'nobody listens'],
  ] as const)('the exit code is %i for %j', async ([exitCode, args, stderr]) => {
    expect(await waypost(...args)).toEqual(failed(exitCode, stderr))
  })

  test('the exit code is 4 for a tag that is registered with other content', async () => {
    await waypost('register', 'my-org/taken:1.0.0')
    expect(await waypost('register', 'my-org/taken:1.0.0', '--default')).toEqual(
      failed(4, /^waypost: my-org\/taken:1\.0\.0 is registered with other content/),
    )
  })
})

describe('exit codes of a server that cannot start', () => {
  test.for([
    [2, 'a setting that is not valid', () => ['--port', 'http']],
    [2, 'a policy that does not exist', () => ['--default-policy', 'nowhere.ts']],
    [5, 'a store that cannot be reached', () => ['--store', 'mongodb://127.0.0.1:1/']],
    [1, 'a port that is in use', () => ['--port', new URL(server.url).port]],
  ] as const)('the exit code of the server is %i for %s', async ([exitCode, , args]) => {
    const given: readonly string[] = args()
    const store = given.includes('--store') ? [] : ['--store', `${storage.location}-2`]
    expect(await waypost('serve', ...store, ...given)).toMatchObject({ exitCode, stdout: '' })
  })
})

describe('--help', () => {
  test.for([['serve'], ['register'], ['get']])(
    'the help of %s has an example and the exit codes',
    async ([command = '']) => {
      const { exitCode, stdout } = await waypost(command, '--help')
      expect(exitCode).toBe(0)
      expect(stdout).toMatch(new RegExp(`Example:\\n {2}\\$ waypost ${command} `))
      expect(stdout).toMatch(/Exit codes:\n {2}0 {2}done/)
    },
  )

  test('the help of serve has the variable and the default of each setting', async () => {
    const { stdout } = await waypost('serve', '--help')
    for (const name of ['HOST', 'PORT', 'STORE', 'BASE_PATH', 'DEFAULT_POLICY', 'LOG_LEVEL']) {
      expect(stdout).toMatch(new RegExp(`env:\\s+WAYPOST_${name}\\)`))
    }
  })

  test('--help and --version work without a command', async () => {
    expect((await waypost('--help')).exitCode).toBe(0)
    expect(await waypost('--version')).toEqual(done('0.1.0\n'))
  })
})
