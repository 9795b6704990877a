import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { statesOf } from './cli-registry.ts'
import { runInProcess } from './in-process.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waypost-transfer-'))
})

afterAll(() => rm(folder, { recursive: true }))

const at = (name: string) => join(folder, name)
const store = (name: string) => ['--store', `sqlite:${at(name)}`]
const line = (tag: string, isDefault = false) =>
  JSON.stringify({
    model: 'django_twined.servicerevision',
    fields: { namespace: 'my-org', name: 'my-service', tag, is_default: isDefault, created: '2024-05-06T07:08:09Z' },
  })

describe('waypost import and waypost export', () => {
  test('waypost import and waypost export move everything from one store to another and back', async () => {
    await writeFile(at('dump.json'), `[${line('1.0.0', true)},${line('1.1.0')}]`)
    const counts = 'added 2, changed 0, already there 0, kept 0, skipped 0, refused 0\n'
    expect(await runInProcess(['import', at('dump.json'), ...store('a.db')])).toEqual({
      exitCode: 0,
      stdout: counts,
      stderr: '',
    })
    expect(await runInProcess(['export', ...store('a.db'), '--output', at('a.ndjson')])).toMatchObject({ exitCode: 0 })
    const exported = await readFile(at('a.ndjson'), 'utf8')
    expect(exported).toContain(
      '"revision_tag":"1.0.0","is_default":true,"requested_default":null,"register_time":"2024-05-06T07:08:09.000Z"',
    )
    await runInProcess(['import', at('a.ndjson'), ...store('b.db')])
    expect(statesOf((await runInProcess(['export', ...store('b.db')])).stdout)).toEqual(statesOf(exported))
  })

  test('waypost import reports refused records, goes on, and exits with 4', async () => {
    await writeFile(at('bad.ndjson'), `${line('1.0.0')}\n${line('-')}\n${line('1.1.0')}\n`)
    const { exitCode, stdout, stderr } = await runInProcess(['import', at('bad.ndjson'), ...store('bad.db')])
    expect([exitCode, stdout]).toEqual([4, 'added 2, changed 0, already there 0, kept 0, skipped 0, refused 1\n'])
    expect(stderr).toMatch(/^record 2 .*: tag "-" is not valid/)
  })

  test('waypost import exits with 2 for an unreadable file and with 5 for an unreachable store', async () => {
    expect(await runInProcess(['import', at('nowhere.json'), ...store('c.db')])).toMatchObject({
      exitCode: 2,
      stdout: '',
    })
    const store5 = ['--store', 'mongodb://127.0.0.1:1/']
    expect(await runInProcess(['import', at('dump.json'), ...store5])).toMatchObject({ exitCode: 5, stdout: '' })
  })
})
