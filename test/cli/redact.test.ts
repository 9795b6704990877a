import { afterEach, beforeEach, expect, test } from 'vitest'
import { openStore } from '../../src/compose.ts'
import { parseStore } from '../../src/config/store-location.ts'
import { randomFrom } from '../fuzz/random.ts'
import { jane, randomLog } from '../redact/support.ts'
import { damageDocument, damageRow } from '../support/damage.ts'
import { describeOnEachStore } from '../support/each-store.ts'
import { sendJson } from '../support/send-json.ts'
import { type ServeProcess, spawnServe } from '../support/serve.ts'
import { type Storage, sqliteStorage } from '../support/storage.ts'
import { problemsIn } from '../support/verified.ts'
import { refused } from './cli-registry.ts'
import { runInProcess } from './in-process.ts'

const PERSON = ['--issuer', 'https://issuer.example', '--subject', 'jane-1']

describeOnEachStore('waypost redact', (createStorage) => {
  let storage: Storage
  let server: ServeProcess | undefined

  beforeEach(async () => {
    storage = await createStorage()
    const store = await openStore(parseStore(storage.location))
    await store.appendAll(randomLog(randomFrom(7), 'my-service', 12, [jane]).entries)
    await store.close()
  })
  afterEach(async () => {
    await server?.stop()
    server = undefined
    await storage.remove()
  })

  const redact = (...args: readonly string[]) => runInProcess(['redact', '--store', storage.location, ...args])
  const isFile = () => storage.location.startsWith('sqlite:')

  test('waypost redact counts with --dry-run, changes nothing then, and removes the name otherwise', async () => {
    const dry = 'would remove the name from 12 entries of 1 service; nothing was changed\n'
    expect(await redact(...PERSON, '--dry-run')).toEqual({ exitCode: 0, stdout: dry, stderr: '' })
    const { stdout, ...result } = await redact(...PERSON)
    expect(result).toEqual({ exitCode: 0, stderr: '' })
    expect(stdout.split('\n')[0]).toBe('removed the name from 12 entries of 1 service')
    // Only a file can be cleaned completely.
    expect(/\nthe name may still be in the oplog/.test(stdout)).toBe(!isFile())
    const again = JSON.parse((await redact(...PERSON, '--json')).stdout)
    expect(again).toMatchObject({ entries: 0, services: 0, mentions: 0, damaged: 0, dry_run: false })
    expect(await problemsIn(storage.location)).toEqual([])
  })

  test('a server that runs meanwhile goes on, and shows redacted as the author', async () => {
    server = await spawnServe(['--store', storage.location])
    const read = () => sendJson(server?.url ?? '', '/services/my-org/my-service?revision_tag=0.0.1&view=FULL')
    expect(JSON.parse((await read()).text)).toMatchObject({ registered_by: 'Jane Doe' })
    expect((await redact('--name', 'Jane Doe')).exitCode).toBe(0)
    expect(JSON.parse((await read()).text)).toMatchObject({ registered_by: 'redacted' })
    const { status } = await sendJson(server.url, '/services/my-org/my-service', { body: { revision_tag: '9.0.0' } })
    expect(status).toBe(201)
    expect(await problemsIn(storage.location)).toEqual([])
  })

  test('a damaged entry is counted, and the exit code is 6', async () => {
    if (isFile()) await damageRow(storage.location.replace('sqlite:', ''), 5)
    else await damageDocument(storage.location, 5)
    const { exitCode, stdout } = await redact(...PERSON)
    expect(exitCode).toBe(6)
    expect(stdout).toMatch(
      /^removed the name from 4 entries of 1 service\n1 service with a damaged entry: no entry after it was changed\n/,
    )
  })
})

test.for([
  [[], 'the command needs a person; give --issuer and --subject, or --name.'],
  [['--issuer', 'i'], 'the command needs a person; give --issuer and --subject, or --name.'],
  [PERSON.slice(2), 'the command needs a person; give --issuer and --subject, or --name.'],
  [['--name', 'n', ...PERSON], '--name is given together with --issuer or --subject; use one of the two ways.'],
  [
    ['--name', 'import'],
    'the name "import" is that of no person; use the name, or the issuer and the subject, of a person.',
  ],
] as const)('waypost redact %j is refused', async ([args, message]) => {
  const storage = await sqliteStorage()
  await (await openStore(parseStore(storage.location))).close()
  expect(await runInProcess(['redact', '--store', storage.location, ...args])).toEqual(refused(2, new RegExp(message)))
  await storage.remove()
})

test('waypost redact makes no store for a mistyped path', async () => {
  const { exitCode, stderr } = await runInProcess(['redact', '--store', 'sqlite:missing.db', '--name', 'n'])
  expect([exitCode, stderr]).toEqual([5, expect.stringContaining('the file does not exist')])
})
