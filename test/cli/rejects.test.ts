import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { RejectsFile } from '../../src/cli/output/rejects-file.ts'
import { MAX_RECORD_BYTES } from '../../src/transfer/input/split-records.ts'
import { findUnshare } from '../support/full-disk.ts'
import { skipWithout } from '../support/tools.ts'
import { runShell } from './cli-registry.ts'
import { runInProcess } from './in-process.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waypost-rejects-'))
})

afterAll(() => rm(folder, { recursive: true }))

const at = (name: string) => join(folder, name)
const dumped = (pk: number, tag: string, name = 'moved') => ({
  model: 'django_twined.servicerevision',
  pk,
  fields: { namespace: 'my-org', name, tag, is_default: false, created: '2021-02-03T04:05:06Z', project_name: 'é' },
})
const importFile = (name: string, ...more: readonly string[]) =>
  runInProcess(['import', at(name), '--store', `sqlite:${at(`${name}.db`)}`, ...more])

test('waypost import names the index, the key, the namespace, the name and the tag of each refused record of a line', async () => {
  const records = [dumped(7, '1.0.0'), dumped(8, '-lead'), dumped(9, '1.0.0', 'old_service'), { model: 7 }, 5]
  await writeFile(at('one-line.json'), JSON.stringify(records))
  const { exitCode, stderr } = await importFile('one-line.json')
  expect([exitCode, stderr.split('\n').slice(0, -1)]).toEqual([
    4,
    [
      'record 2 (line 1, pk 8, namespace "my-org", name "moved", tag "-lead"): ' +
        "tag \"-lead\" is not valid; use 1 to 128 letters, digits, '_', '.' or '-' that start with a letter, a digit or '_'.",
      'record 3 (line 1, pk 9, namespace "my-org", name "old_service", tag "1.0.0"): ' +
        'name "old_service" is not valid; use lower kebab case, such as "my-service", of 1 to 128 characters.',
      'record 4 (line 1): model is 7; use a string.',
      'record 5 (line 1): record is 5; use a JSON object.',
    ],
  ])
})

test.for([
  ['array', (records: readonly object[]) => JSON.stringify(records)],
  ['lines', (records: readonly object[]) => records.map((record) => `${JSON.stringify(record)}\n`).join('')],
] as const)(
  'the file of --rejects has the refused records as %s, and can be corrected and imported',
  async ([name, toText]) => {
    await writeFile(at(name), toText([dumped(1, '1.0.0'), dumped(2, '-a'), dumped(3, '1.2.0'), dumped(4, '-b')]))
    const rejects = ['--rejects', at(`${name}.rejects`)]
    expect(await importFile(name, ...rejects)).toMatchObject({ exitCode: 4 })
    const text = await readFile(at(`${name}.rejects`), 'utf8')
    const parsed =
      name === 'array'
        ? JSON.parse(text)
        : text
            .trim()
            .split('\n')
            .map((line) => JSON.parse(line))
    expect(parsed).toEqual([dumped(2, '-a'), dumped(4, '-b')])
    await writeFile(at(name), text.replace('-a', '1.3.0').replace('-b', '1.4.0'))
    expect(await importFile(name, '--rejects', at(`${name}.more`))).toMatchObject({ exitCode: 0, stderr: '' })
    expect((await readdir(folder)).filter((each) => /more|partial/.test(each))).toEqual([])
    expect(await importFile(name, ...rejects)).toEqual({
      ...{ exitCode: 2, stdout: '' },
      stderr: `waypost: --rejects "${at(`${name}.rejects`)}" exists already; use the path of a new file.\n`,
    })
    expect(await readFile(at(`${name}.rejects`), 'utf8')).toBe(text)
    expect((await stat(at(`${name}.rejects`))).mode & 0o777, 'only its owner can read it').toBe(0o600)
  },
)

test('a record that is refused after it was read, and a line that is no JSON, are in the file of --rejects as they were', async () => {
  const some = [dumped(1, '1.0.0'), 'no JSON, é', dumped(2, '1.1.0')].map((each) =>
    typeof each === 'string' ? each : JSON.stringify(each),
  )
  const service = '{"kind": "service", "namespace":"my-org", "name":"none", "default_revision_tag":null}'
  await writeFile(at('late'), [...some, `"${'x'.repeat(MAX_RECORD_BYTES)}"`, service].join('\n'))
  const { exitCode, stderr } = await importFile('late', '--rejects', at('late.rejects'))
  expect([exitCode, stderr.split('\n').slice(0, -1)]).toEqual([
    4,
    [
      'record 2 (line 2): the record is not JSON: it has "no JSON, é" in line 2, column 1; correct it, or make the file again.',
      'record 4 (line 4): the record is too long; use at most 1048576 bytes. It is not in the file of --rejects.',
      'record 5 (line 5, namespace "my-org", name "none"): my-org/none does not exist; import its revisions first.',
    ],
  ])
  expect(await readFile(at('late.rejects'), 'utf8')).toBe(`no JSON, é\n${service}\n`)
})

test('an import that fails leaves no file of --rejects, and a history has none', async () => {
  await writeFile(at('cut'), `[${JSON.stringify(dumped(1, '-'))},`)
  expect(await importFile('cut', '--rejects', at('cut.rejects'))).toMatchObject({ exitCode: 2, stdout: '' })
  await writeFile(at('history'), '{"kind":"entry"}\n')
  expect(await importFile('history', '--rejects', at('cut.rejects'))).toEqual({
    ...{ exitCode: 4, stdout: '' },
    stderr: 'waypost: the input is a history, which is imported as a whole or not at all; leave out --rejects.\n',
  })
  expect((await readdir(folder)).filter((each) => each.startsWith('cut.rejects'))).toEqual([])
})

test('a file that somebody has made meanwhile is an error, and is not replaced', async () => {
  const file = new RejectsFile(at('meanwhile'))
  file.add({ text: '{}', isElement: false })
  await writeFile(at('meanwhile'), 'kept')
  expect(() => file.finish()).toThrow(/meanwhile.*EEXIST/)
  expect(await readFile(at('meanwhile'), 'utf8')).toBe('kept')
  expect((await readdir(folder)).filter((each) => each.startsWith('meanwhile.partial'))).toHaveLength(1)
})

const unshare = findUnshare()
const reason = skipWithout('flags' in unshare, 'a full disk: unshare cannot mount a tmpfs')

test.skipIf(reason)('waypost import exits with 2 and stores nothing if the disk of --rejects is full', async () => {
  await writeFile(
    at('many'),
    JSON.stringify([dumped(0, '1.0.0'), ...Array.from({ length: 1_000 }, (_, pk) => dumped(pk, '-'))]),
  )
  const flags = 'flags' in unshare ? unshare.flags : ''
  const mounted = `mount -t tmpfs -o size=64k tmpfs "$0" && "$@"; code=$?; ls "$0"; exit $code`
  const store = ['--store', `sqlite:${at('many.db')}`]
  await mkdir(at('disk'))
  const { exitCode, stdout, stderr } = await runShell(`unshare ${flags} sh -c '${mounted}' ${at('disk')} "$@"`, [
    'import',
    at('many'),
    ...store,
    '--rejects',
    at('disk/rejects'),
  ])
  expect([exitCode, stdout]).toEqual([2, ''])
  expect(stderr).toMatch(/\nwaypost: file ".*rejects" cannot be used \(ENOSPC: no space left on device, write\)/)
  expect((await runInProcess(['export', ...store])).stdout).not.toContain('revision')
})
