import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sendJson } from '../support/send-json.ts'
import { spawnServe } from '../support/serve.ts'
import { parseJsonLines, runShell, statesOf } from './cli-registry.ts'
import { runInProcess } from './in-process.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waypost-import-'))
})

afterAll(() => rm(folder, { recursive: true }))

const at = (name: string) => join(folder, name)
const store = (name: string) => ['--store', `sqlite:${at(`${name}.db`)}`]
const counts = (added: number, there = 0, skipped = 0, refused = 0) =>
  `added ${added}, changed 0, already there ${there}, kept 0, skipped ${skipped}, refused ${refused}\n` +
  (skipped > 0 ? `skipped: auth.user ${skipped}\n` : '')
const done = (stdout: string) => ({ exitCode: 0, stdout, stderr: '' })

/** The export of an empty store. */
const EMPTY = '{"kind":"export","content":"state"}\n{"kind":"end","records":0}\n'

const CREATED = '2021-02-03T04:05:06.789Z'
const dumped = (tag: string, isDefault = false) => ({
  model: 'django_twined.servicerevision',
  pk: `${tag}`,
  fields: { namespace: 'my-org', name: 'moved', tag, is_default: isDefault, created: CREATED, project_name: 'p' },
})
const other = { model: 'auth.user', pk: 1, fields: { username: 'somebody' } }

async function write(name: string, ...records: readonly unknown[]): Promise<string> {
  const lines = records.map((record) => (typeof record === 'string' ? record : JSON.stringify(record)))
  await writeFile(at(name), `${lines.join('\n')}\n`)
  return at(name)
}

describe('waypost import', () => {
  test('waypost import keeps the times and defaults of a dump, even below the highest version', async () => {
    await writeFile(at('dump.json'), JSON.stringify([other, dumped('2.0.0'), dumped('1.0.0', true)], null, 2))
    expect(await runInProcess(['import', at('dump.json'), ...store('dump')])).toEqual(done(counts(2, 0, 1)))
    const server = await spawnServe(store('dump'))
    try {
      const get = ['get', 'my-org/moved', '--full', '--json', '--registry', server.url]
      const answer = parseJsonLines((await runInProcess(get)).stdout)
      expect(answer).toMatchObject([{ revision_tag: '1.0.0', is_default: true, register_time: CREATED }])
    } finally {
      await server.stop()
    }
  })

  test.for([{}, { is_default: true }, { is_default: false }])(
    'an imported revision that is registered again with %j is a replay, because a dump does not tell what was asked',
    async (asked) => {
      await writeFile(at('replay.json'), JSON.stringify([dumped('1.0.0', true), dumped('0.9.0')]))
      await runInProcess(['import', at('replay.json'), ...store('replay')])
      const server = await spawnServe(store('replay'))
      try {
        for (const tag of ['1.0.0', '0.9.0']) {
          const { status, text } = await sendJson(server.url, '/services/my-org/moved', {
            body: { revision_tag: tag, ...asked },
          })
          expect(status).toBe(200)
          expect(JSON.parse(text)).toMatchObject({ revision_tag: tag, is_default: tag === '1.0.0' })
        }
        const answer = await fetch(`${server.url}/services/my-org/moved?explain=true`)
        expect(await answer.json()).toMatchObject({
          explanation: {
            rule: 'DEFAULT_BY_IMPORT',
            description:
              'my-org/moved:1.0.0 was imported as the default, and the import did not tell why it is the default.',
          },
        })
      } finally {
        await server.stop()
      }
    },
  )

  test('waypost import reads standard input', async () => {
    const file = await write('stdin.ndjson', dumped('1.0.0', true), dumped('1.1.0'))
    const args = ['import', '-', ...store('stdin')]
    expect(await runShell(`cat '${file}' | "$@"`, args)).toEqual(done(counts(2)))
    expect(await runShell(`"$@" < '${file}'`, args)).toEqual(done(counts(0, 2)))
    expect(await runShell(`cat /dev/null | "$@"`, args)).toEqual({
      ...{ exitCode: 2, stdout: '' },
      stderr: 'waypost: the input is empty; make the file again.\n',
    })
    expect(await runShell(`echo '[]' | "$@"`, args)).toEqual(done(counts(0)))
  })

  test('waypost import can be run again after an interruption, and imports the rest', async () => {
    const records = ['1.0.0', '1.1.0', '1.2.0'].map((tag) => dumped(tag))
    const [part, whole] = [await write('part.ndjson', records[0]), await write('whole.ndjson', ...records)]
    expect(await runInProcess(['import', part, ...store('again')])).toEqual(done(counts(1)))
    expect(await runInProcess(['import', whole, ...store('again')])).toEqual(done(counts(2, 1)))
    const before = await runInProcess(['export', ...store('again')])
    expect(await runInProcess(['import', whole, ...store('again')])).toEqual(done(counts(0, 3)))
    expect(await runInProcess(['export', ...store('again')])).toEqual(before)
  })

  test('waypost import reports each refused record, goes on, and exits with 4, even with --quiet', async () => {
    const file = await write('bad.ndjson', dumped('1.0.0'), 'nonsense', other, dumped('-'), '', dumped('1.1.0'))
    for (const [name, flags] of [
      ['bad', []],
      ['quiet', ['--quiet']],
    ] as const) {
      const { exitCode, stdout, stderr } = await runInProcess(['import', file, ...store(name), ...flags])
      expect([exitCode, stdout]).toEqual([4, counts(2, 0, 1, 2)])
      expect(stderr).toMatch(/^record 2 \(line 2\): .*JSON.*\nrecord 4 \(line 4, pk "-".*\): tag "-" is not valid.*\n$/)
    }
  })

  test('waypost import --dry-run prints what the import then does, and stores nothing', async () => {
    const file = await write('later.ndjson', dumped('1.0.0'), dumped('1.1.0', true), other)
    const tried = (lines: string) => `${lines}only tried: nothing was stored\n`
    const dryRun = ['import', file, '--dry-run', '--verbose', ...store('dry')]
    expect(await runInProcess(dryRun)).toEqual(done(tried(counts(2, 0, 1))))
    await expect(readFile(at('dry.db'))).rejects.toMatchObject({ code: 'ENOENT' })
    await runInProcess(['import', await write('earlier.ndjson', dumped('1.0.0', true)), ...store('dry')])
    const before = await runInProcess(['export', ...store('dry')])
    const summary =
      'added 1, changed 1, already there 0, kept 0, skipped 1, refused 0\nchanged: default 1\nskipped: auth.user 1\n'
    const stderr = 'record 2 (line 2): the default of my-org/moved is 1.1.0\n'
    expect(await runInProcess(dryRun)).toEqual({ exitCode: 0, stdout: tried(summary), stderr })
    expect(await runInProcess(['export', ...store('dry')])).toEqual(before)
    expect(await runInProcess(['import', file, '--verbose', ...store('dry')])).toEqual({
      exitCode: 0,
      stdout: summary,
      stderr,
    })
  })

  test('waypost import refuses a revision that is registered with other content and keeps that content', async () => {
    await runInProcess(['import', await write('first.ndjson', dumped('1.0.0')), ...store('taken')])
    const { stdout } = await runInProcess(['export', ...store('taken')])
    const [, line = ''] = stdout.split('\n')
    const changed = await write('changed.ndjson', { ...JSON.parse(line), description: 'another' })
    const { exitCode, stderr } = await runInProcess(['import', changed, ...store('taken')])
    expect([exitCode, stderr]).toEqual([
      4,
      'record 1 (line 1, namespace "my-org", name "moved", tag "1.0.0"): my-org/moved:1.0.0 is registered with other content (description differs); import the record under another revision tag.\n',
    ])
    expect((await runInProcess(['export', ...store('taken')])).stdout).toBe(stdout)
  })

  test.for([
    [2, 'nowhere.ndjson', 'a file that does not exist'],
    [2, '.', 'a folder'],
  ] as const)('waypost import exits with %i for %s (%s), and names the file', async ([exitCode, file]) => {
    const args = ['import', at(file), ...store('unread')]
    expect(await runInProcess(args)).toEqual({ exitCode, stdout: '', stderr: expect.stringContaining(at(file)) })
  })

  test('waypost import exits with 5 for a store that cannot be opened', async () => {
    const file = await write('good.ndjson', dumped('1.0.0'))
    const { exitCode, stderr } = await runInProcess(['import', file, '--store', `sqlite:${at('no/folder.db')}`])
    expect([exitCode, stderr]).toEqual([
      5,
      expect.stringMatching(/^waypost: --store \(WAYPOST_STORE\) sqlite:.*: the folder does not exist; .*\n$/),
    ])
  })
})

describe('waypost export --history', () => {
  test('waypost export --history writes the entries of the log, and waypost import makes the same log from them', async () => {
    const file = await write('log.ndjson', dumped('1.0.0', true), dumped('1.1.0'))
    await runInProcess(['import', file, ...store('log')])
    const { stdout } = await runInProcess(['export', '--history', ...store('log')])
    // The keys are those of stored entries, not those of the API.
    const entries = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(entries.map(({ kind, v, generation, tag }) => [kind, v, generation, tag])).toEqual([
      ['export', undefined, undefined, undefined],
      ['entry', 3, 1, '1.0.0'],
      ['entry', 3, 2, '1.1.0'],
      ['end', undefined, undefined, undefined],
    ])
    expect(entries[2]?.prev).toBe(entries[1]?.hash)
    await writeFile(at('history.ndjson'), stdout)
    expect(await runInProcess(['import', at('history.ndjson'), ...store('same')])).toEqual(done(counts(2)))
    expect(await runInProcess(['export', '--history', ...store('same')])).toEqual(done(stdout))
  })

  test('waypost import exits with 4 for a history with a wrong entry, or for a store with entries, and stores nothing', async () => {
    await runInProcess(['import', await write('two.ndjson', dumped('1.0.0'), dumped('1.1.0')), ...store('two')])
    const { stdout } = await runInProcess(['export', '--history', ...store('two')])
    const [, , second = ''] = stdout.split('\n')
    expect(await runInProcess(['import', await write('second.ndjson', second), ...store('none')])).toEqual({
      exitCode: 4,
      stdout: counts(0, 0, 0, 1),
      stderr:
        'record 1 (line 1, service "my-org/moved", generation 2, tag "1.1.0"): ' +
        'entry 2 of my-org/moved comes in the place of entry 1; export the history again.\n',
    })
    expect(await runInProcess(['export', ...store('none')])).toEqual(done(EMPTY))
    await writeFile(at('history-of-two.ndjson'), stdout)
    expect(
      await runShell('cat "$0" | "$@"'.replace('$0', at('history-of-two.ndjson')), ['import', '-', ...store('two')]),
    ).toEqual({
      exitCode: 4,
      stdout: '',
      stderr:
        'waypost: the store has entries already, such as those of my-org/moved; import a history into an empty store.\n',
    })
    expect((await runInProcess(['export', '--history', ...store('two')])).stdout).toBe(stdout)
  })
})

describe('waypost export', () => {
  test('waypost export writes lines of JSON with the keys of the API that waypost import reads', async () => {
    const file = await write('some.ndjson', dumped('1.0.0', true), dumped('1.1.0'))
    await runInProcess(['import', file, ...store('some')])
    const { stdout } = await runInProcess(['export', ...store('some')])
    expect(parseJsonLines(stdout).map(({ kind, revision_tag }) => [kind, revision_tag])).toEqual([
      ['export', undefined],
      ['revision', '1.0.0'],
      ['revision', '1.1.0'],
      ['service', undefined],
      ['end', undefined],
    ])
    const args = ['export', ...store('some'), '--output', at('some-more.ndjson')]
    expect(await runInProcess(args)).toEqual(done(''))
    expect(await readFile(at('some-more.ndjson'), 'utf8')).toBe(stdout)
    expect(await runInProcess(['import', at('some-more.ndjson'), ...store('copy')])).toEqual(done(counts(3)))
    expect(statesOf((await runInProcess(['export', ...store('copy')])).stdout)).toEqual(statesOf(stdout))
  })

  test('waypost export ends with exit code 141 and without a message if its reader stops', async () => {
    const many = Array.from({ length: 3_000 }, (_, index) => dumped(`1.0.${index}`))
    await runInProcess(['import', await write('many.ndjson', ...many), ...store('many')])
    const line = '{ "$@"; echo "exit code $?" >&2; } | head -n 1'
    const { stdout, stderr } = await runShell(line, ['export', ...store('many')])
    expect(parseJsonLines(stdout)).toHaveLength(1)
    expect(stderr).toBe('exit code 141\n')
  })

  test('waypost export exits with 2 for an output that cannot be written', async () => {
    await runInProcess(['import', await write('one.ndjson', dumped('1.0.0')), ...store('one')])
    const args = ['export', ...store('one'), '--output', at('no/file.ndjson')]
    expect(await runInProcess(args)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining(at('no/file.ndjson')),
    })
  })

  // An empty file that ends a backup with 0 would be found out when it is needed.
  test('waypost export exits with 5 for a store that does not exist and does not create it', async () => {
    expect(await runInProcess(['export', ...store('mistyped')])).toMatchObject({ exitCode: 5, stdout: '' })
    await expect(readFile(at('mistyped.db'))).rejects.toMatchObject({ code: 'ENOENT' })
  })
})
