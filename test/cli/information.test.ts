import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { only, refused } from './cli-registry.ts'
import { type InProcessRegistry, startInProcessRegistry } from './in-process-registry.ts'

let registry: InProcessRegistry

beforeAll(async () => {
  registry = await startInProcessRegistry()
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
  test('waypost register stores the information, and every command that prints a revision shows it', async () => {
    const shown = `my-org/told:1.2.9 (default)\n${lines.join('\n')}\n`
    expect(await registry.text('register', 'my-org/told:1.2.9', ...everything)).toBe(shown)
    expect(await registry.text('get', 'my-org/told')).toBe(shown)
  })

  test('the JSON of a revision has the keys of the API and the given names of labels and metadata', async () => {
    await registry.text('register', 'my-org/json:1.2.9', ...everything)
    const answer = only(await registry.json('get', 'my-org/json'))
    expect(answer).toMatchObject({
      labels: { 'example.com/regionName': 'eu', tier: 'web' },
      endpoints: [{ protocol: 'grpc' }, { metadata: { availabilityZone: 'eu-1' } }],
      source: { image_digest: 'sha256:0a1b2c' },
    })
    expect(answer).toEqual(await registry.rest('/services/my-org/json'))
  })

  test('waypost get --full prints the registration, the state, the etags and the topic of a revision', async () => {
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
        `  generation: ${answer.generation}`,
        `  service hash: ${answer.service_hash}`,
        '  pub/sub topic: octue.services.my-org.full.1-2-9\n',
      ].join('\n'),
    )
  })

  test('waypost update changes the given parts and keeps the others', async () => {
    await registry.text('register', 'my-org/changed:1.0.0', ...everything)
    const labels = ['--label', 'tier=api', '--replace-labels']
    const changed = ['update', 'my-org/changed:1.0.0', ...labels, '--clear', 'endpoints']
    expect(await registry.text(...changed)).toBe(
      `my-org/changed:1.0.0 (default)\n${[lines[0], lines[1], '  labels: tier=api', lines[5]].join('\n')}\n`,
    )
    const answer = only(await registry.json('update', 'my-org/changed:1.0.0', '--description', 'Other.'))
    expect(answer).toMatchObject({ description: 'Other.', labels: { tier: 'api' } })
    expect(answer).not.toHaveProperty('endpoints')
    const cleared = only(
      await registry.json('update', 'my-org/changed:1.0.0', '--clear', 'documentation-uri', '--clear', 'labels'),
    )
    expect(cleared).not.toHaveProperty('documentation_uri')
    expect(cleared).not.toHaveProperty('labels')
  })

  test('waypost update adds, changes and removes single labels', async () => {
    await registry.text('register', 'my-org/labelled:1.0.0', ...everything, '--label', 'canary=')
    const changes = ['--label', 'tier=api', '--label', 'team=a', '--remove-label', 'canary']
    const answer = only(await registry.json('update', 'my-org/labelled:1.0.0', ...changes))
    expect(answer.labels).toEqual({ 'example.com/regionName': 'eu', tier: 'api', team: 'a' })
    expect(answer).toMatchObject({ description: 'Answers fast.' })
    const older = only(await registry.json('update', 'my-org/labelled:1.0.0', '--set-label', 'team=b'))
    expect(older.labels).toEqual({ 'example.com/regionName': 'eu', tier: 'api', team: 'b' })
    const both = await registry.waypost('update', 'my-org/labelled:1.0.0', ...changes, '--set-label', 'a=b')
    expect(both).toMatchObject({ exitCode: 2, stdout: '' })
  })

  test('waypost update exits with 2 if no change is given', async () => {
    expect(await registry.waypost('update', 'my-org/labelled:1.0.0')).toEqual(
      refused(2, /the command names no change; see waypost update --help/),
    )
  })

  test('the lines of a description cannot look like other information', async () => {
    await registry.text('register', 'my-org/forged:1.0.0', '--description', 'Fine.\n  state: yanked\nmy-org/x:9.9.9')
    const shown = (await registry.text('get', 'my-org/forged')).split('\n')
    expect(shown).not.toContain('  state: yanked')
    expect(shown).not.toContain('my-org/x:9.9.9')
  })
})

describe('invalid information', () => {
  test.for([
    [['--label', 'a b=c'], /--label has the name "a b"/, 'not a label name'],
    [['--label', 'a=-'], /--label has the value "-" for "a"/, 'not a label value'],
    [['--endpoint', 'GRPC=grpc://a'], /--endpoint\[0\]\.protocol "GRPC"/, 'not a protocol'],
    [['--endpoint', 'grpc=a'], /--endpoint\[0\]\.uri "a"/, 'not a URI'],
    [['--endpoint', '{"protocol":"grpc"}'], /--endpoint\[0\]\.uri/, 'an endpoint without a URI'],
    [['--endpoint', 'https'], /; use PROTOCOL=URI, such as grpc=https:/, 'no URI'],
    [
      ['--endpoint', '{"protocol":"x","url":"x:y"}'],
      /; the key "url" is not known; did you mean uri\?/,
      'an unknown key',
    ],
    [
      ['--endpoint', '{"protocol":"x","uri":"x:y","a":1}'],
      /"a" is not known; use protocol, uri and metadata\./,
      'a key',
    ],
    [
      ['--endpoint', '{"protocol":"x","uri":"a:b","uri":"x:y"}'],
      /the key "uri" is there twice; give it once\./,
      'two URIs',
    ],
    [['--description', 'x'.repeat(4097)], /--description has 4097 characters.*at most 4096/, 'too long'],
    [['--documentation-uri', 'http://a.example'], /--documentation-uri "http:\/\/a\.example"/, 'not https'],
    [['--image-digest', 'latest'], /--image-digest "latest"/, 'not a digest'],
  ] as const)('waypost register exits with 2 for %j (%s)', async ([flags, why]) => {
    expect(await registry.waypost('register', 'my-org/bad:1.0.0', ...flags)).toEqual(refused(2, why))
  })

  test.for([
    [['--label', 'tier'], 'no NAME=VALUE'],
    [['--label', '=web'], 'no name'],
    [['--endpoint', 'here'], 'no PROTOCOL=URI'],
    [['--endpoint', '{here'], 'not JSON'],
    [['--endpoint', '{"protocol":"x","uri":{}}'], 'a URI that is not a string'],
    [['--endpoint', '{"protocol":"x","uri":"x:y","metadata":"a"}'], 'metadata that is not an object'],
    [['--endpoint', '{"protocol":"x","uri":"x:y","metadata":{"a":1}}'], 'metadata with a number'],
  ] as const)('waypost register exits with 2 for %j and stores nothing (%s)', async ([flags, what]) => {
    const sruid = `my-org/worse:${what.replaceAll(/\W/g, '-')}`
    expect(await registry.waypost('register', sruid, ...flags)).toMatchObject({
      exitCode: 2,
      stdout: '',
    })
    await expect(registry.client.get(sruid)).rejects.toMatchObject({ code: 'not_found' })
  })
})
