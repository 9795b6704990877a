import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { everyKind, service } from '../verify/every-kind.ts'
import { damageIndex } from '../verify/pages.ts'
import { parseJsonLines, runShell } from './cli-registry.ts'
import { runInProcess } from './in-process.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waypost-verify-'))
})

afterAll(() => rm(folder, { recursive: true }))

const at = (name: string) => join(folder, name)
const store = (name: string) => ['--store', `sqlite:${at(name)}`]

/** Makes a store with two services, and changes its rows. */
async function makeStore(name: string, ...statements: readonly string[]): Promise<void> {
  const opened = openSqliteStore(at(name))
  for (const each of ['my-org/one', 'my-org/two']) await opened.appendAll(everyKind(service(each)).entries)
  await opened.close()
  const db = new DatabaseSync(at(name))
  for (const statement of statements) db.exec(statement)
  db.close()
}

describe('waypost verify', () => {
  test('waypost verify counts the services and entries of a sound store, and exits with 0', async () => {
    await makeStore('sound.db')
    const before = await readFile(at('sound.db'))
    expect(await runInProcess(['verify', ...store('sound.db')])).toEqual({
      ...{ exitCode: 0, stderr: '' },
      stdout: 'verified 2 services, 24 entries: 0 problems.\n',
    })
    expect((await readFile(at('sound.db'))).equals(before), 'it changes nothing').toBe(true)
  })

  test('waypost verify prints each problem with its service and generation, and exits with 6', async () => {
    await makeStore(
      'damaged.db',
      "UPDATE log SET body = replace(body, '1.2.0', '1.3.0') WHERE service = 'my-org/one' AND generation = 5",
      "DELETE FROM log WHERE service = 'my-org/two' AND generation IN (1, 9)",
    )
    expect(await runInProcess(['verify', ...store('damaged.db')])).toEqual({
      ...{ exitCode: 6, stderr: '' },
      stdout: [
        'my-org/one generation 5: the entry is damaged.',
        'my-org/two generation 1: the entry is missing.',
        'my-org/two generation 9: the entry is missing.',
        'verified 2 services, 22 entries: 3 problems.\n',
      ].join('\n'),
    })
    const { exitCode, stdout } = await runInProcess(['verify', '--json', ...store('damaged.db')])
    const problem = (code: string, name: string, generation: number, message: string) => ({
      ...{ kind: 'problem', code, service: name, generation, message },
    })
    expect([exitCode, ...parseJsonLines(stdout)]).toEqual([
      6,
      problem('ENTRY_DAMAGED', 'my-org/one', 5, 'the entry is damaged.'),
      problem('ENTRY_MISSING', 'my-org/two', 1, 'the entry is missing.'),
      problem('ENTRY_MISSING', 'my-org/two', 9, 'the entry is missing.'),
      { kind: 'summary', services: 2, entries: 22, problems: 3, notes: 0 },
    ])
  })

  test('waypost verify finds a damaged index, and verifies all entries', async () => {
    await makeStore('index.db')
    damageIndex(at('index.db'))
    const { exitCode, stdout } = await runInProcess(['verify', ...store('index.db')])
    expect([exitCode, stdout]).toEqual([
      6,
      expect.stringMatching(/^(the storage is damaged: .+\.\n)+verified 2 services, 24 /),
    ])
  })

  test('waypost verify tells what is wrong with a file that cannot be read at all, and exits with 5', async () => {
    await makeStore('broken.db')
    const bytes = await readFile(at('broken.db'))
    for (const [name, broken, why] of [
      ['header.db', Buffer.concat([Buffer.from('damaged'), bytes.subarray(7)]), 'the file is not a database; '],
      [
        'schema.db',
        Buffer.concat([bytes.subarray(0, 100), Buffer.alloc(3_000, 1), bytes.subarray(3_100)]),
        'the file is damaged; ',
      ],
    ] as const) {
      await writeFile(at(name), broken)
      const { exitCode, stdout, stderr } = await runInProcess(['verify', ...store(name)])
      expect([exitCode, stdout, stderr]).toEqual([5, '', expect.stringContaining(why)])
    }
  })

  test('waypost verify exits with 5 for a store that does not exist and does not create it', async () => {
    expect(await runInProcess(['verify', ...store('mistyped.db')])).toMatchObject({ exitCode: 5, stdout: '' })
    await expect(stat(at('mistyped.db'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('waypost verify checks a history from a file and from standard input, without a store', async () => {
    await makeStore('source.db')
    const history = at('history.ndjson')
    await runInProcess(['export', '--history', ...store('source.db'), '--output', history])
    const sound = { exitCode: 0, stdout: 'verified 2 services, 24 entries: 0 problems.\n', stderr: '' }
    expect(await runInProcess(['verify', history])).toEqual(sound)
    expect(await runShell(`"$@" < '${history}'`, ['verify', '-'])).toEqual(sound)
    const lines = (await readFile(history, 'utf8')).split('\n')
    await writeFile(history, lines.toSpliced(3, 1, 'nonsense').join('\n'))
    expect(await runInProcess(['verify', history, '--json'])).toMatchObject({
      exitCode: 6,
      stdout: expect.stringMatching(
        /"service":null,"generation":null,"message":"line 4 cannot be read: .*\n.*"ENTRY_MISSING"/,
      ),
    })
  })

  test('waypost verify exits with 2 for a file that is no history, or that cannot be read', async () => {
    await writeFile(at('state.ndjson'), '{"kind":"revision"}\n')
    for (const [name, why] of [
      ['state.ndjson', 'line 1 is no entry; use the output of `waypost export --history`.'],
      ['nowhere.ndjson', 'nowhere.ndjson'],
    ] as const) {
      const refused = { exitCode: 2, stdout: '', stderr: expect.stringContaining(why) }
      expect(await runInProcess(['verify', at(name)])).toEqual(refused)
    }
  })
})

describe('waypost verify of a file', () => {
  test('waypost verify refuses a file without entries, which a failed export may have left', async () => {
    await writeFile(at('empty.ndjson'), '')
    expect(await runInProcess(['verify', at('empty.ndjson')])).toEqual({
      ...{ exitCode: 2, stdout: '' },
      stderr: 'waypost: the input is empty; make the file again.\n',
    })
    await writeFile(at('empty.ndjson'), '{"kind":"export","content":"history"}\n{"kind":"end","records":0}\n')
    expect(await runInProcess(['verify', at('empty.ndjson')])).toEqual({
      ...{ exitCode: 2, stdout: '' },
      stderr: `waypost: "${at('empty.ndjson')}" has no entries; use the output of waypost export --history.\n`,
    })
    await writeFile(at('cut.ndjson'), '{"kind":"export","content":"history"}\n')
    expect(await runInProcess(['verify', at('cut.ndjson')])).toMatchObject({
      ...{ exitCode: 2, stdout: '' },
      stderr: expect.stringContaining('the input is cut off after line 1 and 0 records'),
    })
  })

  test('waypost verify refuses a file together with --store', async () => {
    await makeStore('both.db')
    const { exitCode, stderr } = await runInProcess(['verify', at('empty.ndjson'), ...store('both.db')])
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('are both given; use one of them')])
  })
})

describe('waypost export of a damaged store', () => {
  test('only the owner can read a new export, and one that replaces another file has its permissions', async () => {
    await makeStore('private.db')
    const modeOf = async (file: string) => ((await stat(file)).mode & 0o777).toString(8)
    const file = at('private.ndjson')
    const exporting = () => runInProcess(['export', '--history', ...store('private.db'), '--output', file])
    expect(await exporting()).toMatchObject({ exitCode: 0 })
    expect(await modeOf(file)).toBe('600')
    await chmod(file, 0o666)
    expect(await exporting()).toMatchObject({ exitCode: 0 })
    expect(await modeOf(file), 'also beyond the umask').toBe('666')
  })

  test.for(['state', 'history'] as const)(
    'a failed export of the %s leaves the file of the last one as it was',
    async (kind) => {
      const name = `export-${kind}.db`
      await makeStore(name)
      const args = ['export', ...(kind === 'history' ? ['--history'] : []), ...store(name)]
      const file = at(`${kind}.ndjson`)
      expect(await runInProcess([...args, '--output', file])).toMatchObject({ exitCode: 0, stderr: '' })
      const good = await readFile(file, 'utf8')
      expect(good.split('\n').length).toBeGreaterThan(4)
      const db = new DatabaseSync(at(name))
      db.exec("UPDATE log SET body = replace(body, '1.2.0', '1.3.0') WHERE service = 'my-org/two'")
      db.close()
      const failed = await runInProcess([...args, '--output', file])
      expect([failed.exitCode, failed.stderr]).toEqual([
        1,
        expect.stringMatching(/^waypost: entry \d+ of my-org\/two is damaged/),
      ])
      expect(await readFile(file, 'utf8')).toBe(good)
      expect((await readdir(folder)).filter((each) => each.includes('partial'))).toEqual([])
      const printed = await runInProcess(args)
      expect([printed.exitCode, printed.stderr]).toEqual([1, failed.stderr])
    },
  )

  test('waypost export refuses to replace a file of its own store', async () => {
    await makeStore('own.db')
    const before = await readFile(at('own.db'))
    await symlink(at('own.db'), at('own-link'))
    for (const file of ['own.db', 'own-link']) {
      const { exitCode, stderr } = await runInProcess(['export', ...store('own.db'), '--output', at(file)])
      expect([exitCode, stderr]).toEqual([
        2,
        expect.stringContaining('is a file of the store; use the path of another file'),
      ])
    }
    expect((await readFile(at('own.db'))).equals(before)).toBe(true)
  })

  test('a command that only reads refuses an empty file, and leaves it empty', async () => {
    await writeFile(at('empty.db'), '')
    for (const command of ['verify', 'export']) {
      expect(await runInProcess([command, ...store('empty.db')])).toMatchObject({
        exitCode: 5,
        stderr: expect.stringContaining('the file is empty'),
      })
    }
    expect((await stat(at('empty.db'))).size).toBe(0)
  })

  test('an export can be written to a device', async () => {
    await makeStore('device.db')
    expect(await runInProcess(['export', ...store('device.db'), '--output', '/dev/null'])).toMatchObject({
      exitCode: 0,
    })
  })
})
