import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type GatedRegistry, startGatedRegistry } from '../support/gated-registry.ts'
import { findOctue, findPythonWith, skipWithout } from '../support/tools.ts'
import { audienceOf, type MetadataServer, startMetadataServer } from './metadata-server.ts'

// Runs the lookups of the Octue SDK, as it is on PyPI, against two registries. Its pipelines register with an action of
// GitHub, whose requests are repeated here.

const SCRIPT = `
import json, sys
import requests
try:
    from octue.twined.cloud.registry import get_default_sruid, raise_if_revision_not_registered
except ImportError:
    try:
        from octue.cloud.registry import get_default_sruid, raise_if_revision_not_registered
    except ImportError:
        from octue.cloud.service_id import get_default_sruid, raise_if_revision_not_registered

endpoints = sys.argv[1:]
registries = [{"name": endpoint, "endpoint": endpoint} for endpoint in endpoints]

def show(name, call, *args):
    try:
        print(json.dumps([name, call(*args)]))
    except Exception as error:
        print(json.dumps([name, type(error).__name__]))

def register(endpoint, service, body):
    response = requests.post(f"{endpoint}/{service}", json=body)
    response.raise_for_status()
    return [response.status_code, response.json()]

body = {"revision_tag": "1.2.9", "is_default": False}
show("registered", register, endpoints[0], "my-org/in-first", body)
show("registered again", register, endpoints[0], "my-org/in-first", body)
show("no default", get_default_sruid, "my-org", "in-first", registries)
show("registered as default", register, endpoints[0], "my-org/in-first", {"revision_tag": "1.3.0", "is_default": True})
show("registered in second", register, endpoints[1], "my-org/in-second", {"revision_tag": "0.1.0rc1", "is_default": True})
show("default", get_default_sruid, "my-org", "in-first", registries)
show("tag", raise_if_revision_not_registered, "my-org/in-first:1.2.9", registries)
show("default of second", get_default_sruid, "my-org", "in-second", registries)
show("tag in second", raise_if_revision_not_registered, "my-org/in-second:0.1.0rc1", registries)
show("nowhere", get_default_sruid, "my-org", "in-none", registries)
show("tag nowhere", raise_if_revision_not_registered, "my-org/in-first:9.9.9", registries)
show("not a name", get_default_sruid, "My_Org", "in-first", registries)
`

const python = findPythonWith('requests', 'google.auth', 'coolname')

describe.for(['0.52.2', '0.63.0', '0.69.1'])('the Octue SDK %s', (version) => {
  const folder = findOctue(version)
  const reason = skipWithout(python !== undefined && folder !== undefined, `Octue ${version}: .ci/run installs it`)
  const registries: GatedRegistry[] = []
  let metadata: MetadataServer

  beforeAll(async () => {
    registries.push(await startGatedRegistry(), await startGatedRegistry())
    metadata = await startMetadataServer()
  })
  afterAll(async () => {
    metadata.close()
    for (const registry of registries) await registry.close()
  })

  test.skipIf(reason)(
    `the Octue SDK ${version} finds defaults and tags in the first registry that has them`,
    async () => {
      const endpoints = registries.map(({ url }) => `${url}/services`)
      const env = { ...process.env, ...metadata.env, PYTHONPATH: folder, PYTHONWARNINGS: 'ignore' }
      const { stdout } = await promisify(execFile)(python ?? '', ['-c', SCRIPT, ...endpoints], { env })
      const results = stdout
        .split('\n')
        .filter((line) => line.startsWith('['))
        .map((line) => JSON.parse(line))
      const revision = (name: string, revision_tag: string, is_default: boolean) => {
        return { namespace: 'my-org', name, revision_tag, is_default }
      }
      expect(Object.fromEntries(results)).toEqual({
        registered: [201, revision('in-first', '1.2.9', false)],
        'registered again': [200, revision('in-first', '1.2.9', false)],
        'no default': 'ServiceNotFound',
        'registered as default': [201, revision('in-first', '1.3.0', true)],
        'registered in second': [201, revision('in-second', '0.1.0rc1', true)],
        default: 'my-org/in-first:1.3.0',
        tag: null,
        'default of second': 'my-org/in-second:0.1.0rc1',
        'tag in second': null,
        nowhere: 'ServiceNotFound',
        'tag nowhere': 'ServiceNotFound',
        'not a name': 'ServiceNotFound',
      })
      // From 0.63 on, the SDK sends an ID token for the endpoint. It asks the second registry only after a 404.
      const [first, second] = registries.map(({ requests }) => requests.filter(({ method }) => method === 'GET'))
      expect([first?.length, second?.length]).toEqual([8, 6])
      const audiences = [first, second].map((requests = []) =>
        requests.map((each) => audienceOf(each.headers.authorization)),
      )
      const expected = [first, second].map((requests = [], at) => {
        return requests.map(() => (version === '0.52.2' ? undefined : endpoints[at]))
      })
      expect(audiences).toEqual(expected)
    },
  )
})
