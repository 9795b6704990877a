import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type GitHub, startGitHub } from './github.ts'
import { type Inputs, reasonToSkip, runAction } from './run-action.ts'
import { type ScriptedRegistry, startScriptedRegistry } from './scripted-registry.ts'

// A workflow may take an input from the title of a pull request or the name of a branch, so others can choose it.

/** Each text would make the file `made` if a shell or jq ran a part of it, or set another output. */
const hostileTexts = [
  '$(touch made)',
  '"; touch made; "',
  '\\(env)',
  'a\nreplayed=forged\n::set-output name=replayed::forged',
  '`touch made`',
  "'; touch made; '",
  '" | input_filename | "',
  '$IFS*',
  '--output=made',
  '@/etc/hostname',
  '\u0007\u001b[31m\u2028 é 😀',
  '%0A::error::x',
  '*',
  '~',
]

const revision = { namespace: 'my-org', name: 'my-service', revision_tag: '1.2.9', is_default: true }

describe.skipIf(reasonToSkip)('an input of the action', () => {
  let github: GitHub
  let registry: ScriptedRegistry

  beforeAll(async () => {
    github = await startGitHub()
    registry = await startScriptedRegistry()
  })

  afterAll(() => {
    github.close()
    registry.close()
  })

  function register(inputs: Inputs) {
    registry.script({ status: 201, body: revision })
    const given = { registry: registry.url, service: 'my-org/my-service', 'revision-tag': '1.2.9' }
    return runAction(github, { ...given, ...inputs })
  }

  test.each(hostileTexts)('reaches the registry as it was given, whatever it contains: %j', async (text) => {
    const line = text.replaceAll('\n', ' ').trim()
    const names = ['description', 'documentation-uri', 'repository', 'commit', 'image-digest']
    const step = await register({
      ...Object.fromEntries(names.map((name) => [name, text])),
      labels: `a=${line}`,
      endpoints: `https=${line}`,
      audience: text,
    })
    expect(step.exitCode, step.log).toBe(0)
    expect(JSON.parse(registry.received[0]?.body ?? '')).toEqual({
      revision_tag: '1.2.9',
      labels: { a: line },
      endpoints: [{ protocol: 'https', uri: line }],
      description: text,
      documentation_uri: text,
      source: { repository: text, commit: text, image_digest: text },
    })
    expect(github.audiences.at(-1)).toBe(text)
    expect(step.outputs).toEqual({ 'revision-tag': '1.2.9', 'is-default': 'true', replayed: 'false' })
    expect(step.left).toEqual([])
  })

  test.each(
    ['registry', 'service', 'revision-tag', 'is-default', 'retry-seconds', 'labels', 'endpoints'].flatMap((name) =>
      hostileTexts.slice(0, 4).map((text) => [name, text] as const),
    ),
  )('%s is refused before anything is sent to the registry, and names its value: %j', async (name, text) => {
    const step = await register({ [name]: text })
    expect(step.exitCode).toBe(1)
    expect(registry.received).toEqual([])
    expect(step.errors).toHaveLength(1)
    expect(step.errors[0]).toMatch(new RegExp(`^${name} (?:is|has the line) "`))
    expect(step.log.split('\n').filter((line) => /^::(?!add-mask::|error title=Waypost::)/.test(line))).toEqual([])
    expect(step.outputs).toEqual({})
    expect(step.left).toEqual([])
  })

  test.each([
    ['registry', 'http://registry.my-org.example', 'a token would travel in clear text'],
    ['registry', 'https://user:password@registry.my-org.example', 'it has a password'],
    ['registry', 'https://registry.my-org.example/?a=b', 'it has a query'],
    ['registry', 'https://registry.my-org.example/../x y', 'it has a space'],
    ['registry', 'http://127.0.0.1.evil.example', 'only the loopback address may go without TLS'],
    ['registry', 'http://localhost:80@evil.example', 'the host is another one'],
    ['registry', '', 'it is missing'],
    ['service', 'my-org', 'the name is missing'],
    ['service', 'My-Org/my-service', 'it has capital letters'],
    ['service', 'my-org/my-service/', 'it ends with a slash'],
    ['service', 'my-org/my-service:1.2.9', 'it has a tag'],
    ['revision-tag', '', 'it is missing'],
    ['revision-tag', '1.2.9+build', 'it has a plus sign'],
    ['revision-tag', 'feature/x', 'it has a slash'],
    ['revision-tag', 'a'.repeat(129), 'it is too long'],
    ['revision-tag', 'é', 'it has a letter that is not ASCII'],
    ['is-default', 'True', 'it has a capital letter'],
    ['retry-seconds', '-1', 'it is negative'],
    ['labels', 'a=1\n=2', 'a name is empty'],
    ['labels', 'a=1\na=2', 'a name is there twice'],
    ['endpoints', 'https://v1.example.com', 'the protocol is missing'],
    ['endpoints', '{"protocol": ', 'it is not JSON'],
  ])('%s may not be %j: %s', async (name, value) => {
    const step = await register({ [name]: value })
    expect(step.exitCode).toBe(1)
    expect(step.errors).toEqual([expect.stringMatching(new RegExp(`^${name} (?:is|has) .*; (?:use|give) `))])
    expect(registry.received).toEqual([])
  })

  test('the values that are allowed at the bounds reach the registry', async () => {
    const step = await register({ 'revision-tag': 'a'.repeat(128) })
    expect(JSON.parse(registry.received[0]?.body ?? '')).toEqual({ revision_tag: 'a'.repeat(128) })
    // The scripted answer is about another revision.
    expect(step.exitCode).toBe(1)
  })

  test.each([
    ['curl', () => '/nonexistent'],
    ['jq', (standIns: string) => standIns],
  ])('a runner without %s is told to install it', async (tool, path) => {
    const step = await runAction(github, {}, path)
    expect(step.exitCode).toBe(1)
    expect(step.errors).toEqual([`${tool} is not installed on the runner; install it in a step before this one.`])
  })
})
