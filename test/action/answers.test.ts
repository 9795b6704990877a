import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type GitHub, startGitHub } from './github.ts'
import { type Inputs, reasonToSkip, runAction } from './run-action.ts'
import { type ScriptedAnswer, type ScriptedRegistry, startScriptedRegistry } from './scripted-registry.ts'

// The action against a registry whose answers the tests write.

const revision = { namespace: 'my-org', name: 'my-service', revision_tag: '1.2.9', is_default: true }
const created: ScriptedAnswer = { status: 201, body: revision }
const explained: ScriptedAnswer = {
  status: 200,
  body: { ...revision, explanation: { rule: 'DEFAULT_BY_POLICY', description: 'The policy made it the default.' } },
}
const busy = (status: number, seconds?: string): ScriptedAnswer => ({
  status,
  body: { error: 'the store cannot be reached; try again later.', reason: 'STORE_UNAVAILABLE' },
  headers: seconds === undefined ? {} : { 'retry-after': seconds },
})
const refusal = (status: number, body: object): ScriptedAnswer => ({ status, body })

describe.skipIf(reasonToSkip)('the action', { concurrent: false }, () => {
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

  function register(answers: readonly ScriptedAnswer[], inputs: Inputs = {}) {
    registry.script(...answers)
    return runAction(github, {
      registry: registry.url,
      service: 'my-org/my-service',
      'revision-tag': '1.2.9',
      ...inputs,
    })
  }

  const methods = () => registry.received.map(({ method }) => method)
  const lastToken = () => github.tokens.at(-1) ?? ''

  test('a registration sends the token of the job, and its inputs as the fields of the API', async () => {
    const step = await register([created, explained], {
      'is-default': 'false',
      labels: 'tier=web\n\n  region=eu=west \r\n',
      endpoints:
        'https=https://v1.example.com\n{"protocol": "grpc", "uri": "grpcs://v1.example.com", "metadata": {"a": "b"}}',
      description: 'One.\nTwo.',
      'documentation-uri': 'https://docs.example.com',
      repository: 'https://github.com/my-org/my-service',
      commit: '0123456',
      'image-digest': 'sha256:0a1b2c',
    })
    expect(step.exitCode, step.log).toBe(0)
    const [post, get] = registry.received
    expect(post).toMatchObject({ method: 'POST', url: '/services/my-org/my-service' })
    expect(post?.headers).toMatchObject({ authorization: `Bearer ${lastToken()}`, 'content-type': 'application/json' })
    expect(JSON.parse(post?.body ?? '')).toEqual({
      revision_tag: '1.2.9',
      is_default: false,
      labels: { tier: 'web', region: 'eu=west' },
      endpoints: [
        { protocol: 'https', uri: 'https://v1.example.com' },
        { protocol: 'grpc', uri: 'grpcs://v1.example.com', metadata: { a: 'b' } },
      ],
      description: 'One.\nTwo.',
      documentation_uri: 'https://docs.example.com',
      source: { repository: 'https://github.com/my-org/my-service', commit: '0123456', image_digest: 'sha256:0a1b2c' },
    })
    expect(get).toMatchObject({ method: 'GET', url: '/services/my-org/my-service?explain=true' })
    expect(get?.headers.authorization).toBe(`Bearer ${lastToken()}`)
  })

  test('a registration without further inputs sends only the tag', async () => {
    await register([created, explained])
    expect(registry.received[0]?.body).toBe('{"revision_tag":"1.2.9"}\n')
  })

  test('the token is hidden in the log before anything else is printed, and is in no argument of a process', async () => {
    const step = await register([created, explained])
    expect(step.log.split('\n')[0]).toBe(`::add-mask::${lastToken()}`)
    expect(step.log.split(lastToken())).toHaveLength(2)
    expect(step.curls).toContain('--header @-')
    for (const secret of [lastToken(), github.env.ACTIONS_ID_TOKEN_REQUEST_TOKEN ?? '']) {
      expect(step.curls).not.toContain(secret)
      expect(step.summary).not.toContain(secret)
    }
    expect(step.left).toEqual([])
  })

  test.each([
    [201, 'false'],
    [200, 'true'],
  ])('an answer of %i is a success, and the output replayed is %s', async (status, replayed) => {
    const step = await register([{ status, body: { ...revision, is_default: false } }, explained])
    expect(step.exitCode, step.log).toBe(0)
    expect(step.outputs).toEqual({ 'revision-tag': '1.2.9', 'is-default': 'false', replayed })
  })

  test('the summary has the default of the service, the reason, and revisions that were not chosen', async () => {
    const rejected = [{ revision_tag: '<2>', reason: 'it is yanked' }]
    const description = 'because `x` | <b>\n\n# A heading ::error::x'
    const answer = { ...revision, revision_tag: '1.3.0', explanation: { description, rejected } }
    const step = await register([created, { status: 200, body: answer }])
    expect(step.summary).toBe(
      [
        '### my-org/my-service:1.2.9',
        '',
        '<table>',
        '<tr><th>This revision</th><td>is registered now</td></tr>',
        '<tr><th>Default of my-org/my-service</th><td>1.3.0</td></tr>',
        '<tr><th>Why</th><td>because `x` | &lt;b&gt; # A heading ::error::x</td></tr>',
        '<tr><th>Not &lt;2&gt;</th><td>it is yanked</td></tr>',
        '</table>',
        '',
      ].join('\n'),
    )
    expect(step.log).not.toContain('# A heading')
  })

  test.each([
    ['the caller may not read', refusal(403, { error: 'No <read>.', reason: 'PERMISSION_DENIED' }), 'No &lt;read&gt;.'],
    ['there is no default', refusal(404, { error: 'No default.', reason: 'NO_DEFAULT' }), 'reason: NO_DEFAULT'],
    ['the connection breaks', 'reset' as const, 'The registry cannot be reached'],
    ['the answer is no JSON', refusal(200, []), '</table>'],
  ])('a registration succeeds, too, if afterwards %s', async (_, answer, summary) => {
    const step = await register([created, answer])
    expect(step.exitCode, step.log).toBe(0)
    expect(step.summary).toContain(summary)
    expect(step.outputs).toMatchObject({ replayed: 'false' })
  })

  test.each([
    [401, 'TOKEN_INVALID', 'the audience of the token is not one of this registry; ask for another one.'],
    [403, 'PERMISSION_DENIED', 'github:my-org/my-service may not register my-org/my-service; ask an operator.'],
    [409, 'REVISION_ALREADY_EXISTS', 'my-org/my-service:1.2.9 is registered with other content (labels differs).'],
  ])(
    'an answer of %i fails the step at once, and the log has its text and the reason %s',
    async (status, reason, error) => {
      const step = await register([refusal(status, { error, reason })])
      expect(step.exitCode).toBe(1)
      expect(step.errors).toEqual([`${registry.url} answered ${status}: ${error}\nreason: ${reason}`])
      expect(step.outputs).toEqual({})
      expect(methods()).toEqual(['POST'])
    },
  )

  test('the log has each field at fault, the facts of an error, and a reason that is only in a header', async () => {
    const fields = [
      { field: 'labels', description: 'The name is too long.' },
      { field: 'revision_tag', description: 'All is wrong.' },
    ]
    const body = { error: 'All is wrong.', fields, metadata: { permission: 'register', claims: { a: '1' } } }
    const step = await register([{ status: 400, body, headers: { 'Waypost-Reason': 'INVALID_LABELS' } }])
    expect(step.errors[0]?.split('\n').slice(1)).toEqual([
      'reason: INVALID_LABELS',
      'field labels: The name is too long.',
      'field revision_tag',
      'permission: register',
      'claims: {"a":"1"}',
    ])
  })

  test('no text of a registry is a command to the runner of GitHub', async () => {
    const error = 'no;\n::set-output name=replayed::true\r::add-path::/tmp\r\n##[add-path]/tmp 100%25'
    const step = await register([
      refusal(400, { error, reason: '\n::stop-commands::x', fields: [{ field: '\n::x::' }] }),
    ])
    const commands = step.log.split(/[\r\n]/).filter((line) => /^\s*::|##\[/.test(line))
    expect(commands.map((line) => line.slice(0, 24))).toEqual(['::add-mask::eyJhbGciOiJS', '::error title=Waypost::h'])
    expect(step.errors[0]).toContain(error)
  })

  test.each([429, 502, 503, 504])('an answer of %i is tried again after the pause that it names', async (status) => {
    const step = await register([busy(status, '03'), created, explained])
    expect(step.exitCode, step.log).toBe(0)
    expect(step.pauses).toEqual([3])
    expect(methods()).toEqual(['POST', 'POST', 'GET'])
    expect(registry.received[1]?.body).toBe(registry.received[0]?.body)
  })

  test('without a pause that is a number of seconds, the pauses grow up to 8 seconds and end after the allowed time', async () => {
    const dates = Array.from({ length: 20 }, (_, index) =>
      busy(503, index % 2 ? undefined : 'Thu, 26 Nov 2026 21:00:00 GMT'),
    )
    const step = await register(dates, { 'retry-seconds': '035' })
    expect(step.exitCode).toBe(1)
    expect(step.pauses).toEqual([1, 2, 4, 8, 8, 8])
    expect(step.errors[0]).toContain('reason: STORE_UNAVAILABLE')
  })

  test.each(['61', '9999', '0061'])(
    'a pause of %s seconds is longer than the 60 seconds that are allowed, so the step fails at once',
    async (seconds) => {
      const step = await register([busy(503, seconds)])
      expect(step.pauses).toEqual([])
      expect(step.exitCode).toBe(1)
    },
  )

  test('a registration is sent again if the connection breaks before the answer', async () => {
    const step = await register(['reset', created, explained])
    expect(step.exitCode, step.log).toBe(0)
    expect(step.pauses).toEqual([1])
  })

  test('a registry that does not listen fails the step with the reason of curl', async () => {
    const step = await register([], { registry: 'http://127.0.0.1:1', 'retry-seconds': '0' })
    expect(step.exitCode).toBe(1)
    expect(step.errors[0]).toMatch(/^http:\/\/127\.0\.0\.1:1 cannot be reached; check its address\. curl: \(7\)/)
  })

  test('a redirect is not followed, so the token goes to no other address', async () => {
    const step = await register([{ status: 307, body: '', headers: { location: '/elsewhere' } }])
    expect(step.exitCode).toBe(1)
    expect(step.errors[0]).toContain('answered 307')
    expect(methods()).toEqual(['POST'])
  })

  test.each([
    ['a page', 200, '<html>Sign in</html>'],
    ['another revision', 201, { ...revision, revision_tag: '1.2.8' }],
    ['nothing', 201, ''],
    ['an empty object', 201, {}],
    ['a page of a proxy', 400, '<html>no</html>'],
    ['an array', 404, ['x']],
  ])('an answer with %s fails the step, because it is not that of a registry', async (_, status, body) => {
    const step = await register([{ status, body }])
    expect(step.exitCode).toBe(1)
    expect(step.errors).toEqual([
      `${registry.url} answered ${status}, and not as a registry of Waypost does; check its address.`,
    ])
    expect(step.outputs).toEqual({})
  })

  test.each([
    ['the URL of the registry with /services', {}, '/services'],
    ['the same if the URL has it already', { path: '/services/' }, '/services'],
    ['with its base path', { path: '/api/octue//' }, '/api/octue/services'],
  ])('the audience is %s', async (_, { path = '' }: { path?: string }, audience) => {
    const step = await register([created, explained], { registry: `${registry.url}${path}` })
    expect(step.exitCode, step.log).toBe(0)
    expect(github.audiences.at(-1)).toBe(`${registry.url}${audience}`)
    expect(registry.received[0]?.url).toBe(`${audience}/my-org/my-service`)
  })

  test('an audience of the workflow is sent to GitHub as it is', async () => {
    const audience = 'https://a.example/?x=1&audience=b #%41'
    await register([created, explained], { audience })
    expect(github.audiences.at(-1)).toBe(audience)
  })

  test('GitHub is asked again if it is busy', async () => {
    github.failWith(503, 429)
    const step = await register([created, explained])
    expect(step.exitCode, step.log).toBe(0)
    expect(step.pauses).toEqual([1, 2])
  })

  test('nothing is sent to the registry if GitHub gives no token', async () => {
    github.failWith(500)
    const step = await register([created])
    expect(step.exitCode).toBe(1)
    expect(step.errors).toEqual(['GitHub gave no ID token (status 500); run the job again.'])
    expect(registry.received).toEqual([])
  })

  test('a job without the permission id-token: write is told to add it', async () => {
    registry.script(created)
    const step = await runAction({ env: {} }, { registry: registry.url, service: 'my-org/x', 'revision-tag': '1' })
    expect(step.exitCode).toBe(1)
    expect(step.errors).toEqual([expect.stringContaining('give it the permission "id-token: write"')])
    expect(registry.received).toEqual([])
  })
})
