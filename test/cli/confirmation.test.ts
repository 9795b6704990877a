import { Code } from '@connectrpc/connect'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { refusal, type StubRegistry, startStubRegistry } from '../support/stub-registry.ts'
import { runOnTerminal } from '../support/terminal.ts'
import { findPythonWith, skipWithout } from '../support/tools.ts'
import { runTyped, type Typing } from './typed.ts'

// The registry of these tests records the requests, so that they show the checks before a change.

const SERVICE = 'my-org/my-service'
const service = { namespace: 'my-org', name: 'my-service', defaultRevisionTag: '1.1.0', etag: 'e1' }
const effect = {
  defaultRevision: { before: '2.0.0', after: '1.1.0' },
  aliases: [{ alias: 'stable', before: '2.0.0' }],
  moved: 12_500,
  warnings: ['1.1.0 is deprecated.'],
}
const SHOWN = [
  'The change would have this effect:',
  '  default: 2.0.0 → 1.1.0',
  '  alias stable: 2.0.0 → none',
  '  callers that get another revision: 12.5 %',
  '  warning: 1.1.0 is deprecated.',
  'Make this change? [y/N] ',
].join('\n')

let registry: StubRegistry
let changes: { readonly method: string; readonly etag: string; readonly validateOnly: boolean }[] = []
let answers: { effect: object | undefined; failure: Error | undefined }

beforeAll(async () => {
  registry = await startStubRegistry()
})

beforeEach(() => {
  changes = []
  answers = { effect, failure: undefined }
  const change = (method: string, answer: () => object) => {
    return (request: { etag: string; validateOnly: boolean }) => {
      const { etag, validateOnly } = request
      changes.push({ method, etag, validateOnly })
      if (!validateOnly && answers.failure) throw answers.failure
      return answer()
    }
  }
  const revision = { namespace: 'my-org', name: 'my-service', revisionTag: '2.0.0', etag: 'r1' }
  const withService = () => ({ service, effect: answers.effect ?? {} })
  registry.answer({
    get: () => ({ revision }),
    listServices: () => ({ services: [service] }),
    setDefault: change('setDefault', () => ({ service: { ...service, effect: answers.effect } })),
    clearDefault: change('clearDefault', () => ({ service: { ...service, effect: answers.effect } })),
    yank: change('yank', () => ({ revision: { ...revision, effect: answers.effect }, defaultRevisionTag: '1.1.0' })),
    deleteRevision: change('deleteRevision', () => ({ effect: answers.effect })),
    setRollout: change('setRollout', () => ({ rollout: { candidates: [{ revisionTag: '2.0.0' }] }, effect })),
    endRollout: change('endRollout', withService),
    getRollout: () => {
      throw refusal(Code.NotFound, 'ROLLOUT_NOT_FOUND')
    },
    revert: change('revert', withService),
  })
})

afterAll(() => registry.close())

const run = (args: readonly string[], typing: Typing) => runTyped(args, { WAYPOST_REGISTRY: registry.url }, typing)
const set = ['default', 'set', `${SERVICE}:1.1.0`]
const checked = (method: string, etag: string) => [
  { method, etag, validateOnly: true },
  { method, etag, validateOnly: true },
  { method, etag, validateOnly: false },
]

describe('a change on a terminal', () => {
  test.for([
    [set, 'setDefault', 'e1'],
    [['default', 'clear', SERVICE], 'clearDefault', 'e1'],
    [['yank', `${SERVICE}:2.0.0`], 'yank', 'r1'],
    [['delete', `${SERVICE}:2.0.0`], 'deleteRevision', 'r1'],
    [['rollout', 'set', SERVICE, '2.0.0=10%'], 'setRollout', 'e1'],
    [['rollout', 'end', SERVICE], 'endRollout', 'e1'],
    [['revert', SERVICE, '--to', '12'], 'revert', 'e1'],
  ] as const)(
    'waypost %j shows its effect and asks, and is made with the etag of the check',
    async ([args, method, etag]) => {
      const { exitCode, stdout, stderr } = await run(args, { typed: 'y\n' })
      expect([exitCode, stderr]).toEqual([0, ''])
      expect(stdout.startsWith(SHOWN)).toBe(true)
      expect(changes).toEqual(checked(method, etag))
    },
  )

  test.for(['n\n', '\n', 'yess\n', 'no\ny\n', ''])('the answer %j changes nothing and exits with 1', async (typed) => {
    const { exitCode, stdout, stderr } = await run(set, { typed })
    expect(exitCode).toBe(1)
    expect(stdout).toBe(typed === '' ? `${SHOWN}\n` : SHOWN)
    expect(stderr).toBe(
      'waypost: the change was not confirmed, so nothing was changed; answer y to make it, or use --yes.\n',
    )
    expect(changes).toEqual([{ method: 'setDefault', etag: 'e1', validateOnly: true }])
  })

  test.for(['Y\n', ' yes \n', 'YES'])('the answer %j makes the change', async (typed) => {
    expect((await run(set, { typed })).exitCode).toBe(0)
    expect(changes).toHaveLength(3)
  })

  test.for([
    ['with --yes', [...set, '--yes'], { typed: '' }],
    ['if its input is no terminal', set, { typed: '', isStdinTty: false }],
    ['if its output is no terminal', set, { typed: '', isStdoutTty: false }],
  ] as const)('a change is made without a question %s', async ([, args, typing]) => {
    const { exitCode, stdout } = await run(args, typing)
    expect([exitCode, stdout]).toEqual([0, expect.not.stringContaining('Make this change')])
    expect(changes).toEqual([{ method: 'setDefault', etag: '', validateOnly: false }])
  })

  test.for(['--validate-only', '--dry-run'])('a change with %s asks nothing and changes nothing', async (flag) => {
    const { exitCode, stdout } = await run([...set, flag], { typed: '' })
    expect([exitCode, stdout]).toEqual([
      0,
      expect.stringMatching(/ {2}default: 2\.0\.0 → 1\.1\.0\n[\s\S]*only validated/),
    ])
    expect(changes).toEqual([{ method: 'setDefault', etag: '', validateOnly: true }])
  })

  test('a change that moves nothing says so before it asks', async () => {
    answers.effect = { moved: 0 }
    expect((await run(set, { typed: 'y\n' })).stdout).toMatch(/^The change .*:\n {2}nothing moves\nMake this change\?/)
  })

  test('the etag that the user gives is the one of the check', async () => {
    await run([...set, '--etag', 'mine'], { typed: 'y\n' })
    expect(changes).toEqual(checked('setDefault', 'mine'))
  })

  const changedSince = /^waypost: the service has changed since the effect was shown, so nothing was changed; run .*\n$/

  test('a change whose effect is another one after the answer is not made, and exits with 4', async () => {
    const effects = [effect, { ...effect, moved: 100_000 }]
    Object.defineProperty(answers, 'effect', { get: () => effects.shift() })
    const { exitCode, stderr } = await run(['yank', `${SERVICE}:2.0.0`], { typed: 'y\n' })
    expect([exitCode, stderr]).toEqual([4, expect.stringMatching(changedSince)])
    expect(changes.map(({ validateOnly }) => validateOnly)).toEqual([true, true])
  })

  test('a change whose etag is another one after the answer is refused as a change since the check', async () => {
    answers.failure = refusal(Code.Aborted, 'ETAG_MISMATCH')
    const since = await run(set, { typed: 'y\n' })
    expect([since.exitCode, since.stderr]).toEqual([4, expect.stringMatching(changedSince)])
    const own = await run([...set, '--etag', 'mine'], { typed: 'y\n' })
    expect([own.exitCode, own.stderr]).toEqual([4, 'waypost: ETAG_MISMATCH said\n'])
  })
})

const python = findPythonWith('pty') ?? ''
const hasPython = skipWithout(python !== '', 'there is no Python with the module pty for the question on a terminal')

describe.skipIf(hasPython !== undefined)('the question on a real terminal', () => {
  const ask = async () => {
    const terminal = runOnTerminal(python, set, { WAYPOST_REGISTRY: registry.url })
    onTestFinished(() => terminal.end())
    await terminal.shows('Make this change? [y/N] ')
    return terminal
  }

  test('the program ends with 0 after the answer y, and has made the change', async () => {
    const terminal = await ask()
    terminal.press('y\r')
    expect(await terminal.exitCode).toBe(0)
    expect(terminal.screen()).toContain('my-org/my-service: the default is 1.1.0')
    expect(changes).toEqual(checked('setDefault', 'e1'))
  })

  test('the program ends with the signal of Ctrl-C, and with 1 after Ctrl-D, and changes nothing', async () => {
    const [interrupted, ended] = [await ask(), await ask()]
    interrupted.press('\x03')
    ended.press('\x04')
    expect([await interrupted.exitCode, await ended.exitCode]).toEqual([-2, 1])
    expect(changes.every(({ validateOnly }) => validateOnly)).toBe(true)
  })
})
