import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { escapeUnsafe } from '../../src/cli/output/escape.ts'
import { runWaypost } from '../support/serve.ts'
import { sqliteStorage } from '../support/storage.ts'
import { type CliRegistry, only, runShell, startCliRegistry } from './cli-registry.ts'

let registry: CliRegistry

beforeAll(async () => {
  registry = await startCliRegistry()
})

afterAll(() => registry.stop())

// A terminal obeys or hides these: escapes, bidirectional controls and isolates, characters without a width, separators.
const unsafe = [
  ...['\u0000', '\u0007', '\u0008', '\u000a', '\u000d', '\u001b', '\u007f', '\u0085', '\u009b', '\u009d', '\u061c'],
  ...['\u200b', '\u200c', '\u200d', '\u200e', '\u200f', '\u2028', '\u2029', '\u202a', '\u202b', '\u202c', '\u202d'],
  ...['\u202e', '\u2060', '\u2066', '\u2067', '\u2068', '\u2069', '\ufeff', '\u00ad', '\u034f', '\u115f', '\u3164'],
  ...['\ufe0f', '\ufff9', '\u{e0001}', '\u{e0041}', '\u{e0100}', '\ud800'],
]

describe('escaping', () => {
  test('every character that a terminal obeys or hides becomes an escape of JSON', () => {
    for (const character of unsafe) {
      const escaped = escapeUnsafe(`a${character}b`)
      expect(escaped).toMatch(/^a(?:\\u[0-9a-f]{4}){1,2}b$/)
      expect(JSON.parse(`"${escaped}"`)).toBe(`a${character}b`)
    }
  })

  test.for(['naïve', '日本語', 'שלום', 'مرحبا', '👩‍💻 ❤️ 🇪🇺', '\\u202e', '"quoted"'])(
    'the text %s stays as it is',
    (text) => {
      expect(escapeUnsafe(text)).toBe(text)
    },
  )
})

describe('the printed text', () => {
  // The registry refuses the other ones, but an older version did not.
  const forged = `A${unsafe.filter((each) => !/[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/u.test(each)).join('')}B`
  const service = 'my-org/forged'

  beforeAll(async () => {
    const { client } = registry
    await client.register(`${service}:1.0.0`, { description: forged })
    await client.revisions.deprecate(`${service}:1.0.0`, { message: forged })
    await client.register(`${service}:1.1.0`)
    await client.revisions.yank(`${service}:1.1.0`, { reason: forged })
  })

  test.for([
    ['get', `${service}:1.0.0`, '--full'],
    ['get', `${service}:1.1.0`],
    ['get', service, '--explain'],
    ['revisions', service],
  ])('%j prints no character that a terminal obeys, as text and as JSON', async (args) => {
    for (const format of [[], ['--json']]) {
      const stdout = await registry.text(...args, ...format)
      for (const character of unsafe.filter((each) => each !== '\n')) expect(stdout.includes(character)).toBe(false)
    }
  })

  test('JSON keeps every character of a text', async () => {
    const revision = only(await registry.json('get', `${service}:1.0.0`, '--full'))
    expect(revision).toMatchObject({ description: forged, deprecation: { message: forged } })
  })

  test.for(['history', 'state'])(
    'an export of the %s has the escapes, and the import of it has the text',
    async (kind) => {
      const [from, into] = [await sqliteStorage(), await sqliteStorage()]
      const file = `${from.location.replace('sqlite:', '')}.ndjson`
      const waypost = async (...args: readonly string[]) => {
        const result = await runWaypost(args)
        expect(result, args.join(' ')).toMatchObject({ exitCode: 0 })
        return result.stdout
      }
      const revision = { namespace: 'my-org', name: 'x', revision_tag: '1.0.0', register_time: '2024-01-01T00:00:00Z' }
      const records = [
        { kind: 'export', content: 'state' },
        { kind: 'revision', ...revision, is_default: true, registered_by: 'x', description: 'p\u200bq' },
        { kind: 'end', records: 1 },
      ]
      writeFileSync(file, records.map((record) => `${JSON.stringify(record)}\n`).join(''))
      await waypost('import', file, '--store', from.location)
      const flags = kind === 'history' ? ['--history'] : []
      await waypost('export', ...flags, '--store', from.location, '--output', file)
      const text = readFileSync(file, 'utf8')
      expect([text.includes('\u200b'), text.includes('p\\u200bq')]).toEqual([false, true])
      await waypost('import', file, '--store', into.location)
      const again = await waypost('export', ...flags, '--store', into.location)
      expect(again).toContain('p\\u200bq')
      if (kind === 'history') expect(again).toBe(text)
      await Promise.all([from.remove(), into.remove()])
    },
  )

  test('an error escapes the text that it repeats', async () => {
    const { stderr } = await registry.waypost('get', 'my-org/x:\u202e\u009b')
    expect(stderr).toMatch(/^waypost: .*\\u202e\\u009b/)
  })
})

describe('errors with --json', () => {
  test.for([
    [['get', 'my-org/nothing', '--json'], 3, 'SERVICE_NOT_FOUND', undefined],
    [['get', 'My-Org/x', '--json'], 2, 'INVALID_NAMESPACE', 'namespace'],
    [['get', 'my-org/x', '--range', '>>1', '--json'], 2, 'INVALID_VERSION_RANGE', '--range'],
    [['get', 'my-org/x', '--json', '--aliass', 'x'], 2, 'INVALID_COMMAND_LINE', '--aliass'],
    [['get', 'my-org/x', '--json', '--registry', 'http://127.0.0.1:1'], 5, 'REGISTRY_UNREACHABLE', undefined],
    [['get', '--json'], 2, 'INVALID_COMMAND_LINE', 'service'],
    [['regsiter', '--json'], 2, 'INVALID_COMMAND_LINE', undefined],
    [['upgrade', '--status', '--json', '--store', 'x'], 2, 'INVALID_COMMAND_LINE', '--store'],
    [['verify', 'missing.ndjson', '--json'], 2, 'INVALID_SETTING', undefined],
  ] as const)('the error of %j is one line of JSON on stderr', async ([args, exitCode, reason, field]) => {
    const { stdout, stderr, ...result } = await registry.waypost(...args)
    expect([result.exitCode, stdout]).toEqual([exitCode, ''])
    expect(stderr).toMatch(/^\{.*\}\n$/)
    const { error, fields, ...rest } = JSON.parse(stderr)
    expect(rest).toMatchObject({ reason, exit_code: exitCode })
    expect(error).toMatch(/./)
    expect(fields?.[0]?.field).toBe(field)
  })

  test('--json after "--" is an argument, so the error is a line of text', async () => {
    const { stderr } = await registry.waypost('get', 'my-org/nothing', '--', '--json')
    expect(stderr).toBe('waypost: the argument "--json" is one too many; see waypost get --help.\n')
  })
})

describe.skipIf(!existsSync('/dev/full'))('standard output that cannot be written', () => {
  const commands = [
    ['--help'],
    ['--version'],
    ['get', '--help'],
    ['help', 'alias'],
    ['get', 'my-org/forged'],
    ['get', 'my-org/forged', '--json'],
    ['register', 'my-org/full:1.0.0'],
    ['namespaces'],
    ['services'],
    ['revisions', 'my-org/forged', '--json'],
    ['policy', 'test', 'my-org/forged:2.0.0'],
    ['default', 'set', 'my-org/forged:1.0.0'],
    ['alias', 'list', 'my-org/aliased'],
    ['export'],
    ['verify', '--json', '--quiet'],
    ['redact', '--name', 'Jane Doe', '--quiet'],
    ['upgrade', '--status'],
  ]

  test('a full disk is one readable line and exit code 1 for every command', async () => {
    const storage = await sqliteStorage()
    const fields = {
      namespace: 'my-org',
      name: 'full',
      tag: '1.0.0',
      is_default: true,
      created: '2024-01-01T00:00:00Z',
    }
    const record = JSON.stringify({ model: 'django_twined.servicerevision', pk: 1, fields })
    const imported = await runShell(`echo '${record}' | "$@"`, ['import', '-', '--store', storage.location])
    expect(imported).toMatchObject({ exitCode: 0 })
    await registry.client.register('my-org/aliased:1.0.0')
    await registry.client.aliases.set('my-org/aliased', 'beta', { revisionTag: '1.0.0' })
    for (const args of commands) {
      const store = ['export', 'verify', 'redact', 'upgrade'].includes(args[0] ?? '')
        ? ['--store', storage.location]
        : []
      const { exitCode, stderr } = await registry.redirected('/dev/full', ...args, ...store)
      const text =
        'standard output cannot be written (ENOSPC), but the command may have been carried out; write to another place.'
      expect([exitCode, stderr.replace(/^waypost: |^\{"error":"/, '')], args.join(' ')).toEqual([
        1,
        expect.stringMatching(
          new RegExp(`^${text.replace(/[().]/g, '\\$&')}(?:","reason":"OUTPUT_FAILED","exit_code":1\\})?\\n$`),
        ),
      ])
    }
    await storage.remove()
  })

  test('a lost standard error changes no exit code', async () => {
    expect(await registry.redirected('/dev/null 2>/dev/full', 'get', 'my-org/nothing')).toMatchObject({ exitCode: 3 })
  })

  test('a reader that closes the output early gets no message', async () => {
    const { stderr } = await registry.piped('true', 'revisions', 'my-org/forged')
    expect(stderr).toBe('')
  })
})
