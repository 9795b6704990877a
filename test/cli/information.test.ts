import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CliRegistry, only, refused, startCliRegistry } from './cli-registry.ts'

let registry: CliRegistry

beforeAll(async () => {
  registry = await startCliRegistry()
})

afterAll(() => registry.stop())

const endpointWithMetadata = '{"protocol":"https","uri":"https://b.example","metadata":{"availabilityZone":"eu-1"}}'
const everything = [
  ...['--label', 'tier=web', '--label', 'example.com/regionName=eu', '--description', 'Answers fast.'],
  ...['--documentation-uri', 'https://docs.example/a'],
  ...['--endpoint', 'grpc=grpc://a.example:443/?a=b', '--endpoint', endpointWithMetadata],
  ...['--repository', 'https://git.example/a', '--commit', '0a1b2c', '--image-digest', 'sha256:0a1b2c'],
]
const lines = [
  '  description: Answers fast.',
  '  documentation: https://docs.example/a',
  '  labels: example.com/regionName=eu,tier=web',
  '  endpoint: grpc grpc://a.example:443/?a=b',
  '  endpoint: https https://b.example availabilityZone=eu-1',
  '  source: https://git.example/a 0a1b2c sha256:0a1b2c',
]

describe('information with a revision', () => {
  test('is given at registration, and answered wherever the revision is', async () => {
    const shown = `my-org/told:1.2.9 (default)\n${lines.join('\n')}\n`
    expect(await registry.text('register', 'my-org/told:1.2.9', ...everything)).toBe(shown)
    expect(await registry.text('get', 'my-org/told')).toBe(shown)
  })

  test('is JSON as the API has it, with the names of labels and metadata as they were given', async () => {
    await registry.text('register', 'my-org/json:1.2.9', ...everything)
    const answer = only(await registry.json('get', 'my-org/json'))
    expect(answer).toMatchObject({
      labels: { 'example.com/regionName': 'eu', tier: 'web' },
      endpoints: [{ protocol: 'grpc' }, { metadata: { availabilityZone: 'eu-1' } }],
      source: { image_digest: 'sha256:0a1b2c' },
    })
    expect(answer).toEqual(await registry.rest('/services/my-org/json'))
  })

  test('has, in full, who and when, the state, the etags and the topic of Pub/Sub', async () => {
    await registry.client.register('my-org/full:1.2.9')
    const answer = only(await registry.json('get', 'my-org/full', '--full'))
    expect(answer).toMatchObject({ state: 'ACTIVE', pub_sub_topic: 'octue.services.my-org.full.1-2-9' })
    expect(answer).toEqual(await registry.rest('/services/my-org/full?view=FULL'))
    expect(await registry.text('get', 'my-org/full', '--full')).toBe(
      [
        'my-org/full:1.2.9 (default)',
        '  state: active',
        `  registered: ${answer.register_time} by ${answer.registered_by}`,
        `  etag: ${answer.etag}`,
        `  service etag: ${answer.service_etag}`,
        '  pub/sub topic: octue.services.my-org.full.1-2-9\n',
      ].join('\n'),
    )
  })

  test('is changed part by part, and what is not named stays', async () => {
    await registry.text('register', 'my-org/changed:1.0.0', ...everything)
    const changed = ['update', 'my-org/changed:1.0.0', '--label', 'tier=api', '--clear', 'endpoints']
    expect(await registry.text(...changed)).toBe(
      `my-org/changed:1.0.0 (default)\n${[lines[0], lines[1], '  labels: tier=api', lines[5]].join('\n')}\n`,
    )
    const answer = only(await registry.json('update', 'my-org/changed:1.0.0', '--description', 'Other.'))
    expect(answer).toMatchObject({ description: 'Other.', labels: { tier: 'api' } })
    expect(answer).not.toHaveProperty('endpoints')
    const cleared = only(
      await registry.json('update', 'my-org/changed:1.0.0', '--clear', 'documentation-uri', 'labels'),
    )
    expect(cleared).not.toHaveProperty('documentation_uri')
    expect(cleared).not.toHaveProperty('labels')
  })

  test('has labels that are added, changed and removed one by one', async () => {
    await registry.text('register', 'my-org/labelled:1.0.0', ...everything, '--label', 'canary=')
    const changes = ['--set-label', 'tier=api', '--set-label', 'team=a', '--remove-label', 'canary']
    const answer = only(await registry.json('update', 'my-org/labelled:1.0.0', ...changes))
    expect(answer.labels).toEqual({ 'example.com/regionName': 'eu', tier: 'api', team: 'a' })
    expect(answer).toMatchObject({ description: 'Answers fast.' })
    expect(await registry.waypost('update', 'my-org/labelled:1.0.0', ...changes, '--label', 'a=b')).toMatchObject({
      ...{ exitCode: 2, stdout: '' },
    })
  })

  test('is refused with 2 if an update names no change', async () => {
    expect(await registry.waypost('update', 'my-org/labelled:1.0.0')).toEqual(
      refused(2, /the command names no change; see waypost update --help/),
    )
  })

  test('can not look like other information, whatever lines a description has', async () => {
    await registry.text('register', 'my-org/forged:1.0.0', '--description', 'Fine.\n  state: yanked\nmy-org/x:9.9.9')
    const shown = (await registry.text('get', 'my-org/forged')).split('\n')
    expect(shown).not.toContain('  state: yanked')
    expect(shown).not.toContain('my-org/x:9.9.9')
  })
})

describe('information that is not valid', () => {
  test.for([
    [['--label', 'a b=c'], /labels has the name "a b"/, 'no name of a label'],
    [['--label', 'a=-'], /labels has the value "-" for "a"/, 'no value of a label'],
    [['--endpoint', 'GRPC=grpc://a'], /endpoints\[0\]\.protocol "GRPC"/, 'no protocol'],
    [['--endpoint', 'grpc=a'], /endpoints\[0\]\.uri "a"/, 'no URI'],
    [['--endpoint', '{"protocol":"grpc"}'], /endpoints\[0\]\.uri/, 'an endpoint without a URI'],
    [['--description', 'x'.repeat(4097)], /description has 4097 characters.*at most 4096/, 'too long'],
    [['--documentation-uri', 'http://a.example'], /documentation_uri "http:\/\/a\.example"/, 'not https'],
    [['--image-digest', 'latest'], /source\.image_digest "latest"/, 'no digest'],
  ] as const)('%j is refused with 2: %s', async ([flags, why]) => {
    expect(await registry.waypost('register', 'my-org/bad:1.0.0', ...flags)).toEqual(refused(2, why))
  })

  test.for([
    [['--label', 'tier'], 'no NAME=VALUE'],
    [['--label', '=web'], 'no name'],
    [['--endpoint', 'here'], 'no PROTOCOL=URI'],
    [['--endpoint', '{here'], 'no JSON'],
    [['--endpoint', '{"protocol":"x","uri":{}}'], 'a URI that is no text'],
    [['--endpoint', '{"protocol":"x","uri":"x:y","metadata":"a"}'], 'metadata that is no object'],
    [['--endpoint', '{"protocol":"x","uri":"x:y","metadata":{"a":1}}'], 'metadata with a number'],
  ] as const)('%j is refused with 2, and stores nothing: it is %s', async ([flags, what]) => {
    const sruid = `my-org/worse:${what.replaceAll(/\W/g, '-')}`
    expect(await registry.waypost('register', sruid, ...flags)).toMatchObject({
      exitCode: 2,
      stdout: '',
    })
    await expect(registry.client.get(sruid)).rejects.toMatchObject({ code: 'not_found' })
  })
})
