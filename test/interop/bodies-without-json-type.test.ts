import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RunningServer } from '../../src/compose.ts'
import { startInProcess } from '../support/in-process.ts'
import { type Storage, sqliteStorage } from '../support/storage.ts'
import { findPythonWith, hasCommand, run, skipWithout } from '../support/tools.ts'

// Each of these programs sends JSON without saying so, in the shortest way that its documentation shows.

const noCurl = skipWithout(hasCommand('curl'), 'curl -d: curl is not installed')
const python = findPythonWith('requests')
const noPython = skipWithout(python !== undefined, 'json.dumps and urllib: no Python 3 with the package requests')

const BODY = '{"revision_tag": "1.2.9", "is_default": true}'

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

const url = (name: string) => `${server.url}/services/my-org/${name}`
const answered = (name: string, status: number) => ({
  status,
  body: { namespace: 'my-org', name, revision_tag: '1.2.9', is_default: true },
})

async function runPython(script: string, name: string): Promise<unknown> {
  return JSON.parse(await run(python ?? '', ['-c', `import json, sys\n${script}`, url(name), BODY]))
}

test.skipIf(noCurl)('a registration by curl -d is answered with 201, and its repetition with 200', async () => {
  for (const status of [201, 200]) {
    const output = await run('curl', ['-s', '-w', '\n%{http_code}', '-d', BODY, url('curl')])
    const [body = '', code] = output.split('\n')
    expect({ status: Number(code), body: JSON.parse(body) }).toEqual(answered('curl', status))
  }
})

test.skipIf(noPython)('a registration by requests.post with data=json.dumps is answered with 201', async () => {
  const script = `
import requests
response = requests.post(sys.argv[1], data=json.dumps(json.loads(sys.argv[2])))
print(json.dumps({"status": response.status_code, "body": response.json()}))`
  expect(await runPython(script, 'requests')).toEqual(answered('requests', 201))
})

test.skipIf(noPython)('a registration by urllib is answered with 201', async () => {
  const script = `
import urllib.request
with urllib.request.urlopen(sys.argv[1], data=sys.argv[2].encode()) as response:
    print(json.dumps({"status": response.status, "body": json.load(response)}))`
  expect(await runPython(script, 'urllib')).toEqual(answered('urllib', 201))
})
