import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunningServer } from '../../src/start-server.ts'
import { describeOnEachStore } from '../support/each-store.ts'
import { startInProcess } from '../support/in-process.ts'
import type { Storage } from '../support/storage.ts'
import { findPythonWith, run, skipWithout } from '../support/tools.ts'

// These scripts do the same as existing clients of the REST contract, and use the same library, Python's requests.

const python = findPythonWith('requests')
const reason = skipWithout(python !== undefined, 'the existing clients: no Python 3 with the package requests')

/** The start of each script, which reads the endpoints from `sys.argv` and joins an endpoint with a service. */
const PRELUDE = `
import json, sys, requests
endpoints = sys.argv[1:]
endpoint = endpoints[0]

def url(endpoint, service):
    return f"{endpoint}/{service}"

def show(response):
    print(json.dumps([response.status_code, response.json(), len(response.history)]))
`

async function answersOf(script: string, ...endpoints: readonly string[]): Promise<unknown[]> {
  const output = await run(python ?? '', ['-c', PRELUDE + script, ...endpoints])
  return output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)
}

const revision = (name: string, tag = '1.2.9') => ({
  ...{ namespace: 'my-org', name, revision_tag: tag, is_default: true },
})
const NO_REDIRECTS = 0
const BAD_NAMESPACE = /^Service revision not found. namespace "My-Org" is not valid/
const NOT_FOUND = [404, { error: 'Service revision not found.' }, NO_REDIRECTS]

describeOnEachStore('A client that is in use today', (createStorage) => {
  describe.skipIf(reason).each(['', '/api/integrations/octue'])('below "%s"', (basePath) => {
    const running: { storage: Storage; server: RunningServer; endpoint: string }[] = []
    beforeAll(async () => {
      for (let index = 0; index < 2; index++) {
        const storage = await createStorage()
        const server = await startInProcess(storage, { basePath })
        running.push({ storage, server, endpoint: `${server.url}${basePath}/services` })
      }
    })
    afterAll(async () => {
      for (const { storage, server } of running) {
        await server.close()
        await storage.remove()
      }
    })
    const endpoints = () => running.map(({ endpoint }) => endpoint)

    test('an existing client moves on to the next registry only if the first answers 404', async () => {
      const script = `
requests.post(url(endpoints[1], "my-org/in-second"), json={"revision_tag": "1.2.9"}).raise_for_status()

def find(service, params={}):
    for endpoint in endpoints:
        response = requests.get(url(endpoint, service), params=params)
        if response.status_code == 404:
            continue
        response.raise_for_status()
        return response
    return response

show(requests.get(url(endpoints[0], "my-org/in-second")))
show(find("my-org/in-second"))
show(find("my-org/in-none"))
show(find("My-Org/not-a-name"))
try:
    find("my-org/in-second", {"version_range": ">>1"})
except requests.HTTPError as error:
    show(error.response)
`
      expect(await answersOf(script, ...endpoints())).toEqual([
        NOT_FOUND,
        [200, revision('in-second'), NO_REDIRECTS],
        NOT_FOUND,
        [404, expect.objectContaining({ error: expect.stringMatching(BAD_NAMESPACE) }), NO_REDIRECTS],
        [400, expect.objectContaining({ reason: 'INVALID_VERSION_RANGE' }), NO_REDIRECTS],
      ])
    })

    test('an existing client may send an Authorization header, which an open registry ignores', async () => {
      const script = `
for value in ["Bearer abc.def.ghi", "Bearer", "Bearer " + "x" * 8000, "Basic bm9ib2R5OndydW5n", "nonsense", ""]:
    headers = {"Authorization": value}
    show(requests.post(url(endpoint, "my-org/with-token"), json={"revision_tag": "1.2.9"}, headers=headers))
    show(requests.get(url(endpoint, "my-org/with-token"), headers=headers))
`
      const answers = await answersOf(script, ...endpoints())
      expect(answers).toHaveLength(12)
      const [first, ...rest] = answers
      expect(first).toEqual([201, revision('with-token'), NO_REDIRECTS])
      for (const answer of rest) expect(answer).toEqual([200, revision('with-token'), NO_REDIRECTS])
    })

    test('an existing client may have an endpoint with or without a slash at the end', async () => {
      const script = `
for name, given in [("with-slash", endpoint + "/"), ("without-slash", endpoint)]:
    show(requests.post(url(given, "my-org/" + name), json={"revision_tag": "1.2.9"}))
    show(requests.get(url(given, "my-org/" + name), params={"revision_tag": "1.2.9"}))
    show(requests.get(url(given, "my-org/nothing")))
    show(requests.get(url(given, "my-org/" + name) + "?revision_tag="))
`
      const expected = ['with-slash', 'without-slash'].flatMap((name) => [
        [201, revision(name), NO_REDIRECTS],
        [200, revision(name), NO_REDIRECTS],
        NOT_FOUND,
        [200, revision(name), NO_REDIRECTS],
      ])
      expect(await answersOf(script, ...endpoints())).toEqual(expected)
    })

    test('an existing client that leaves a revision tag of None out of the query gets the default', async () => {
      const script = `
for tag in ["1.2.9", "1.3.0"]:
    requests.post(url(endpoint, "my-org/none"), json={"revision_tag": tag}).raise_for_status()
for tag in [None, "1.2.9"]:
    response = requests.get(url(endpoint, "my-org/none"), params={"revision_tag": tag})
    show(response)
    print(json.dumps(response.request.url.split("/")[-1]))
`
      expect(await answersOf(script, ...endpoints())).toEqual([
        [200, revision('none', '1.3.0'), NO_REDIRECTS],
        'none',
        [200, { ...revision('none'), is_default: false }, NO_REDIRECTS],
        'none?revision_tag=1.2.9',
      ])
    })

    test('an existing client may send null for a field that it does not set', async () => {
      const script = `
for body in [{"is_default": None}, {}, {"is_default": None}]:
    show(requests.post(url(endpoint, "my-org/null"), json={"revision_tag": "1.2.9", **body}))
show(requests.post(url(endpoint, "my-org/null"), json={"revision_tag": None}))
`
      expect(await answersOf(script, ...endpoints())).toEqual([
        [201, revision('null'), NO_REDIRECTS],
        [200, revision('null'), NO_REDIRECTS],
        [200, revision('null'), NO_REDIRECTS],
        [400, { error: 'A revision tag must be included when registering a new service revision.' }, NO_REDIRECTS],
      ])
    })

    test('an existing client may register the same revision again when its pipeline runs again', async () => {
      const script = `
session = requests.Session()
for client in [requests, session, session]:
    for body in [{"revision_tag": "1.2.9"}, {"revision_tag": "1.3.0", "is_default": True}]:
        response = client.post(url(endpoint, "my-org/again"), json=body)
        response.raise_for_status()
        show(response)
`
      expect(await answersOf(script, ...endpoints())).toEqual([
        [201, revision('again'), NO_REDIRECTS],
        [201, revision('again', '1.3.0'), NO_REDIRECTS],
        ...[1, 2].flatMap(() => [
          [200, { ...revision('again'), is_default: false }, NO_REDIRECTS],
          [200, revision('again', '1.3.0'), NO_REDIRECTS],
        ]),
      ])
    })
  })
})
