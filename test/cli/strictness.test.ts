import type { Command, Option } from 'commander'
import { describe, expect, test } from 'vitest'
import { isRepeatable } from '../../src/cli/options/repeatable-option.ts'
import { flagOf, nameOf, StrictCommand } from '../../src/cli/options/strict-command.ts'
import { UsageError } from '../../src/cli/options/usage-error.ts'
import { checkVariables, variablesOf } from '../../src/cli/options/variables.ts'
import { createProgram } from '../../src/cli/program.ts'
import { runWaypost } from '../support/serve.ts'

// These tests walk all commands with all options, so a new command or option needs no test of its own here.

const leavesOf = (command: Command): Command[] =>
  command.commands.length === 0 ? [command] : command.commands.flatMap(leavesOf)

const all = leavesOf(await createProgram([]))
const nameWords = (command: Command) => nameOf(command).split(' ').slice(1)
const operandsOf = ({ registeredArguments }: Command) =>
  registeredArguments.filter(({ required }) => required).map(() => 'my-org/my-service:1.0.0')
const options = all.flatMap((command) => command.options.map((option) => ({ command, option })))
const withValue = options.filter(({ option }) => option.required)

/** A value that the parser of an option accepts. */
function valueFor(
  option: Option,
  values = [
    '1024',
    'a=https://example.com',
    'info',
    'true',
    'sqlite:a.db',
    'labels',
    '/a',
    'https://example.com',
    'github',
    '60',
    'request',
    'writes=10',
    '2026-11-24T12:00:00Z',
  ],
) {
  const candidates = [...(option.argChoices ?? []), ...values, option.defaultValueDescription ?? '']
  const value = candidates.find((candidate) => {
    try {
      option.parseArg?.(candidate, undefined)
      return true
    } catch {
      return false
    }
  })
  if (value === undefined) throw new Error(`${flagOf(option)}: add a value that it accepts to this test`)
  return value
}

const given = (option: Option) => (option.required ? [flagOf(option), valueFor(option)] : [flagOf(option)])

/** The error for a command line. Fails if there is none, so no command ever runs. */
async function errorOf(...args: readonly string[]): Promise<UsageError> {
  const program = await createProgram(args)
  const error = await program.parseAsync([...args], { from: 'user' }).catch((caught: unknown) => caught)
  expect(error, args.join(' ')).toBeInstanceOf(UsageError)
  return error as UsageError
}

const lineOf = (command: Command, ...args: readonly string[]) => [
  ...nameWords(command),
  ...args,
  ...operandsOf(command),
]

describe('every command', () => {
  test('all commands and options of the program are found', () => {
    expect(all.length).toBeGreaterThan(20)
    expect(options.length).toBeGreaterThan(100)
    expect(all.filter((command) => !(command instanceof StrictCommand))).toEqual([])
  })

  test('every command refuses an option that it does not know, and proposes one whose name is near', async () => {
    for (const { command, option } of options) {
      const mistyped = `${flagOf(option).slice(0, -1)}~`
      const { message, field } = await errorOf(...lineOf(command, mistyped))
      expect(message).toMatch(/^the option "--[\w-]+~" is not known; did you mean --[a-z-]+\?$/)
      expect(field).toBe(mistyped)
    }
  })

  test('every command refuses an argument that is one too many', async () => {
    const takesAny = ({ registeredArguments }: Command) => registeredArguments.some(({ variadic }) => variadic)
    for (const command of all.filter((each) => !takesAny(each))) {
      const optional = command.registeredArguments.filter(({ required }) => !required).map(() => 'file')
      const { message } = await errorOf(...lineOf(command), ...optional, 'one-more')
      expect(message).toBe(`the argument "one-more" is one too many; see ${nameOf(command)} --help.`)
    }
  })

  test('every command refuses to run without one of its arguments', async () => {
    for (const command of all.filter((each) => operandsOf(each).length > 0)) {
      const { message } = await errorOf(...nameWords(command), ...operandsOf(command).slice(1))
      expect(message).toMatch(/^the argument <[a-z]+> is missing; see waypost [a-z ]+ --help\.$/)
    }
  })
})

describe('every option', () => {
  test('every option with a value refuses an empty value, and one of spaces', async () => {
    for (const { command, option } of withValue)
      for (const args of [[flagOf(option), ''], [flagOf(option), ' \t'], [`${flagOf(option)}=`]]) {
        const { message } = await errorOf(...lineOf(command, ...args))
        expect(message).toBe(`${flagOf(option)} is empty; give it a value, or leave the option out.`)
      }
  })

  test('every option with a value refuses to be the last word', async () => {
    for (const { command, option } of withValue) {
      const { message } = await errorOf(...lineOf(command), flagOf(option))
      expect(message).toBe(`${flagOf(option)} has no value; write ${option.flags}.`)
    }
  })

  test('every option with a value refuses the name of an option as its value', async () => {
    for (const { command, option } of withValue)
      for (const next of ['--help', '--', flagOf(option), ...command.options.slice(0, 2).map(flagOf)]) {
        const { message } = await errorOf(...lineOf(command, flagOf(option), next))
        expect(message).toContain(`${flagOf(option)} has no value, only an option after it`)
      }
  })

  test('every option without a value refuses a value', async () => {
    for (const { command, option } of options.filter((each) => !each.option.required)) {
      const { message } = await errorOf(...lineOf(command, `${flagOf(option)}=yes`))
      expect(message).toBe(`${flagOf(option)} takes no value; write ${flagOf(option)} alone.`)
    }
  })

  test('every option refuses to be given twice, except those that can have several values', async () => {
    const repeatable = options.filter(({ option }) => isRepeatable(option)).map(({ option }) => flagOf(option))
    // A second value of these is a second item of a list. The same item twice means the same as once.
    const lists = ['--cors-origin', '--endpoint-scheme', '--allowed-host']
    const named = ['--label', '--endpoint', '--set-label', '--remove-label', '--clear', '--pin']
    expect(new Set(repeatable)).toEqual(new Set([...lists, ...named]))
    for (const { command, option } of options.filter((each) => !lists.includes(flagOf(each.option)))) {
      const { message } = await errorOf(...lineOf(command, ...given(option), ...given(option)))
      const once = /is not valid; give each (?:name|part|endpoint|key) once\.$/
      expect(message).toMatch(isRepeatable(option) ? once : /is given twice; give it once\.$/)
    }
  })

  test('every option refuses an option that contradicts it', async () => {
    const pairs = options.flatMap(({ command, option }) =>
      command.options
        .filter((other) => {
          const isSame = other.attributeName() === option.attributeName()
          return other !== option && (isSame || conflictsOf(option).includes(other.attributeName()))
        })
        .map((other) => ({ command, option, other })),
    )
    expect(pairs.length).toBeGreaterThan(6)
    for (const { command, option, other } of pairs)
      for (const args of [
        [...given(option), ...given(other)],
        [...given(other), ...given(option)],
      ]) {
        const { message } = await errorOf(...lineOf(command, ...args))
        expect(message).toMatch(/(?:contradict each other|cannot be used with --[a-z-]+); give one of them\.$/)
      }
  })

  test('every command that takes a reason calls it --reason, and every command with a label selector --selector', () => {
    const named = (flag: string) =>
      options.filter(({ option }) => flagOf(option) === flag).map(({ command }) => nameOf(command))
    expect(named('--reason')).toEqual(
      [...['default set', 'default clear', 'deprecate', 'yank', 'rollout set', 'rollout end', 'revert']].map(
        (name) => `waypost ${name}`,
      ),
    )
    expect(named('--selector')).toEqual(['get', 'services', 'revisions', 'token'].map((name) => `waypost ${name}`))
    expect([...named('--labels'), ...named('--message')]).toEqual([])
  })
})

test.for([
  [['update', 'a/b:1', '--clear', 'labels', '--set-label', 'a=1'], /--clear labels contradicts/],
  [['update', 'a/b:1', '--description', 'x', '--clear', 'description'], /--clear description contradicts/],
  [['update', 'a/b:1', '--clear', 'endpoints', '--endpoint', 'a=https://b.c'], /--clear endpoints contradicts/],
  [
    ['update', 'a/b:1', '--clear', 'documentation-uri', '--documentation-uri', 'https://b.c'],
    /--clear documentation-uri/,
  ],
  [['update', 'a/b:1', '--set-label', 'a=1', '--remove-label', 'a'], /both name "a"/],
  [['update', 'a/b:1', '--label', 'a=1', '--remove-label', 'a'], /^--label and --remove-label both name "a"/],
  [['update', 'a/b:1', '--replace-labels'], /^--replace-labels needs --label; give both, or use --clear labels\.$/],
  [['rollout', 'set', 'a/b', '2.0.0=10'], /^the candidate "2\.0\.0=10" is not valid; use TAG=PERCENT%/],
  [['rollout', 'set', 'a/b', '2.0.0=0.0001%'], /^the candidate "2\.0\.0=0\.0001%" is not valid/],
  [['rollout', 'set', 'a/b', '2.0.0=100.001%'], /^the candidate "2\.0\.0=100\.001%" is not valid/],
  [['rollout', 'set', 'a/b', '2.0.0=-1%'], /^the candidate "2\.0\.0=-1%" is not valid/],
  [['rollout', 'set', 'a/b', '=1%'], /^the candidate "=1%" is not valid/],
  [['rollout', 'set', 'a/b', '2.0.0=1%', '2.0.0=2%'], /^the candidate "2\.0\.0" is named twice; name it once\.$/],
  [
    ['rollout', 'set', 'a/b', '2.0.0=60%', '3.0.0=40.5%'],
    /^the candidates have 100\.5 % together; use at most 100 %\.$/,
  ],
  [['rollout', 'set', 'a/b', '2.0.0=1%', '--pin', '3.0.0=a'], /^--pin names "3\.0\.0", .* such as 3\.0\.0=0%\.$/],
  [['rollout', 'set', 'a/b', '2.0.0=1%', '--pin', 'a'], /^--pin "a" is not valid; use TAG=KEY,KEY/],
  [['rollout', 'set', 'a/b', '2.0.0=1%', '--pin', '2.0.0=a,b,a'], /^--pin .* is not valid; give each key once\.$/],
  [['rollout', 'who', 'a/b', ''], /^the argument <key> is empty; give the targeting key of a caller\.$/],
  [['get', 'a/b', '--at', 'noon'], /^--at "noon" is not valid; use a generation such as 12, or a time such as /],
  [['get', 'a/b', '--at', '0'], /^--at "0" is not valid/],
  [['revisions', 'a/b', '--at', '2026-11-24'], /^--at "2026-11-24" is not valid/],
  [['log', 'a/b', '--since', '12'], /^--since "12" is not valid; use a time such as 2026-11-24T12:00:00Z\.$/],
  [['log', 'a/b', '--event', 'yank'], /^--event "yank" is not valid; use revision-registered, /],
  [['diff', 'a/b', '1', 'now'], /^the state "now" is not valid; use a generation such as 11, or a time/],
  [['revert', 'a/b'], /^the command names no state; give --to\.$/],
  [['update', '--clear', 'labels', 'endpoints', 'a/b:1'], /the argument "a\/b:1" is one too many/],
  [['update', 'a/b:1'], /the command names no change/],
  [
    ['register', 'a/b:1', '--label', 'a=1', '--label', 'b=1', '--label', 'a=2'],
    /--label "a=2" is not valid; give each/,
  ],
  [['services', '--limit', '0'], /^--limit "0" is not valid; use a whole number from 1 to 999999999\.$/],
  [['revisions', 'a/b', '--state', 'retired'], /^--state "retired" is not valid; use active, deprecated, or yanked\.$/],
  [['get', 'a/b', '--ca', 'ca.pem', '--registry', 'http://127.0.0.1'], /^--ca is only for https/],
  [['get', 'a/b', '--ca', 'none.pem', '--registry', 'https://127.0.0.1'], /^--ca .*cannot be read \(ENOENT\)/],
  [['get', 'a/b', '--ca', 'package.json', '--registry', 'https://127.0.0.1'], /^--ca .*has no certificate/],
  [['paint'], /^the command "paint" is not known; see waypost --help\.$/],
  [['regsiter', 'a/b:1'], /^the command "regsiter" is not known; did you mean register\?$/],
  [['alias', 'sett'], /^the command "sett" is not known; did you mean set\?$/],
  [['gte', 'a/b'], /^the command "gte" is not known; did you mean get\?$/],
  [
    ['--registry', 'http://127.0.0.1', 'get', 'a/b'],
    /^the option "--registry" belongs to a command; write it after the command\.$/,
  ],
  [['alias', '--json', 'list', 'a/b'], /^the option "--json" belongs to a command; write it after the command\.$/],
  [['help', 'aliass'], /did you mean alias\?$/],
  [['help', 'alias', 'sett'], /did you mean set\?$/],
] as const)('the command line %j is refused', async ([args, message]) => {
  expect((await errorOf(...args)).message).toMatch(message)
})

describe('variables', () => {
  const check = (name: string, value = 'x') => checkVariables({ [name]: value }, all[0] as Command, async () => all)

  test('the variable of every option is known to every command', async () => {
    const variables = new Set(all.flatMap(variablesOf))
    expect(variables.size).toBeGreaterThan(15)
    for (const name of variables) await check(name)
  })

  test.for([
    ['WAYPOST_PROT', 'did you mean WAYPOST_PORT?'],
    ['WAYPOST_REGISTRY_URL', 'did you mean WAYPOST_REGISTRY?'],
    ['WAYPOST_QQQ', 'unset it, or see waypost serve --help.'],
  ])('the variable %s is refused', async ([name = '', remedy]) => {
    await expect(check(name)).rejects.toThrow(`the variable ${JSON.stringify(name)} is not known; ${remedy}`)
  })

  test('the variables that Kubernetes sets for the Services waypost and waypost-metrics are ignored', async () => {
    const names = ['SERVICE_HOST', 'SERVICE_PORT', 'SERVICE_PORT_HTTP', 'PORT_8080_TCP', 'PORT_8080_TCP_ADDR']
    for (const name of names) await check(`WAYPOST_${name}`)
    for (const name of names) await check(`WAYPOST_METRICS_${name}`)
  })

  test('the address that Kubernetes sets for a Service is ignored, but not another value of the same variable', async () => {
    await check('WAYPOST_WEB_PORT', 'tcp://10.0.0.1:8080')
    await expect(check('WAYPOST_WEB_PORT', '8080')).rejects.toThrow('is not known')
  })

  test('a command that runs refuses a variable that no command knows, and accepts one of another command', async () => {
    const env = { WAYPOST_REGISTRY: 'http://127.0.0.1:1' }
    const refused = {
      exitCode: 2,
      stderr: 'waypost: the variable "WAYPOST_PROT" is not known; did you mean WAYPOST_PORT?\n',
    }
    expect(await runWaypost(['get', 'a/b'], { ...env, WAYPOST_PROT: '1' })).toMatchObject(refused)
    expect(await runWaypost(['get', 'a/b'], { ...env, WAYPOST_STORE: 'x' })).toMatchObject({ exitCode: 5 })
  })
})

// Commander's types do not declare it.
function conflictsOf(option: Option): readonly string[] {
  return (option as unknown as { readonly conflictsWith: readonly string[] }).conflictsWith
}
