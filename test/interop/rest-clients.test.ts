import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunningServer } from '../../src/start-server.ts'
import { startInProcess } from '../support/in-process.ts'
import { type Storage, sqliteStorage } from '../support/storage.ts'
import { findPythonWith, hasCommand, run, skipWithout } from '../support/tools.ts'

// The requests of the REST contract, as today's HTTP clients send them with little code: some with the content type of a
// form, some without any.

type Step = readonly [method: string, query: string, body: object | undefined, status: number, answer: object]

/** The documented requests in their order, and their answers. */
const steps = (name: string): readonly Step[] => {
  const first = { namespace: 'my-org', name, revision_tag: '1.2.9', is_default: true }
  const second = { ...first, revision_tag: '1.3.0', is_default: false }
  const third = { ...first, revision_tag: '1.2.10' }
  const noTag = { error: 'A revision tag must be included when registering a new service revision.' }
  return [
    ['GET', '', undefined, 404, { error: 'Service revision not found.' }],
    ['POST', '', { revision_tag: '1.2.9' }, 201, first],
    ['POST', '', { revision_tag: '1.2.9' }, 200, first],
    ['POST', '', { revision_tag: '1.3.0', is_default: false }, 201, second],
    ['POST', '', { revision_tag: '1.3.0', is_default: false }, 200, second],
    ['GET', '', undefined, 200, first],
    ['GET', '?revision_tag=1.3.0', undefined, 200, second],
    ['GET', '?revision_tag=', undefined, 200, first],
    ['POST', '', { revision_tag: '1.2.10', is_default: true }, 201, third],
    ['GET', '', undefined, 200, third],
    ['POST', '', {}, 400, noTag],
    ['DELETE', '', undefined, 405, { error: 'Invalid request method.' }],
  ]
}

const python = findPythonWith('requests')
const noPython = skipWithout(python !== undefined, 'the HTTP clients of Python: no Python 3 with the package requests')
const noCurl = skipWithout(hasCommand('curl'), 'the documented requests with curl -d: curl is not installed')

/** Sends the requests in their order, and resolves with the status and the body of each answer. */
type SendAll = (url: string, steps: readonly Step[]) => Promise<unknown>

/** `send` is a function of Python that returns a status and a body. */
const inPython = (send: string): SendAll => {
  const script = `
import json, sys
${send}
url, steps = sys.argv[1], json.loads(sys.argv[2])
print(json.dumps([send(method, url + query, None if body is None else json.dumps(body), body) for method, query, body in steps]))
`
  return async (url, steps) => {
    const requests = steps.map(([method, query, body = null]) => [method, query, body])
    return JSON.parse(await run(python ?? '', ['-c', script, url, JSON.stringify(requests)]))
  }
}

const REQUESTS = (argument: string) => `
import requests
def send(method, url, text, body):
    response = requests.request(method, url, ${argument})
    return [response.status_code, response.json()]
`

const URLLIB = `
import urllib.error, urllib.request
def send(method, url, text, body):
    request = urllib.request.Request(url, method=method, data=None if text is None else text.encode())
    try:
        response = urllib.request.urlopen(request)
    except urllib.error.HTTPError as error:
        response = error
    return [response.status, json.load(response)]
`

const withCurl: SendAll = async (url, steps) => {
  const answers: unknown[] = []
  for (const [method, query, body] of steps) {
    // curl sends POST itself if it has data.
    const how = body === undefined ? ['--request', method] : ['-d', JSON.stringify(body)]
    const output = await run('curl', ['--silent', '--write-out', '\n%{http_code}', ...how, `${url}${query}`])
    const [answer = '', status] = output.split('\n')
    answers.push([Number(status), JSON.parse(answer)])
  }
  return answers
}

describe('the documented requests', () => {
  let storage: Storage
  let server: RunningServer
  beforeAll(async () => {
    storage = await sqliteStorage()
    server = await startInProcess(storage)
  })
  afterAll(async () => {
    await server.close()
    await storage.remove()
  })

  for (const [client, reason, send] of [
    ['requests.post(json=…) of Python', noPython, inPython(REQUESTS('json=body'))],
    ['requests.post(data=json.dumps(…)) of Python', noPython, inPython(REQUESTS('data=text'))],
    ['urllib of Python', noPython, inPython(URLLIB)],
    ['curl -d', noCurl, withCurl],
  ] as const) {
    test.skipIf(reason)(`the documented requests have the documented answers for ${client}`, async () => {
      const name = client
        .toLowerCase()
        .replaceAll(/[^a-z]+/g, '-')
        .replace(/-$/, '')
      const all = steps(name)
      const expected = all.map(([, , , status, answer]) => [status, answer])
      expect(await send(`${server.url}/services/my-org/${name}`, all)).toEqual(expected)
    })
  }
})
