import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { ServeConfig } from '../../../src/config/serve-config.ts'
import { openTo } from '../../../src/open-door.ts'
import { makeToken, writeAccessFile } from '../../support/access-file.ts'
import { eventually } from '../../support/eventually.ts'
import { type ServeProcess, spawnServe } from '../../support/serve.ts'
import { runOnTerminal } from '../../support/terminal.ts'
import { findPythonWith, skipWithout } from '../../support/tools.ts'
import { linesOf, serveWithWorkers } from '../../support/workers.ts'

const MESSAGE =
  'the server listens beyond this machine without --auth, so everybody who can connect may read and change everything'
const pem = (name: string) => fileURLToPath(new URL(`../../support/tls/${name}.pem`, import.meta.url))

let folder = ''
let stores = 0
let access = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waypost-open-door-'))
  access = await writeAccessFile(folder, {
    tokens: [makeToken('ci')],
    grants: [{ permissions: ['admin'], on: ['*'], to: { token: 'ci' } }],
  })
})
afterAll(() => rm(folder, { recursive: true }))

const newStore = () => ['--store', `sqlite:${join(folder, `${++stores}.db`)}`]

async function serve(...args: readonly string[]): Promise<ServeProcess> {
  const server = await spawnServe([...newStore(), ...args])
  onTestFinished(async () => void (await server.stop()))
  // It is written after the line that tells that the server listens.
  await eventually('it has logged its start', async () => linesOf(server).some(({ msg }) => msg === 'listening'))
  return server
}

const warningsOf = (server: ServeProcess) =>
  linesOf(server)
    .filter(({ level }) => level === 40)
    .map(({ msg }) => msg)

async function readinessOf({ url }: ServeProcess, query = ''): Promise<{ status: number; body: object }> {
  const response = await fetch(`${url.replace('0.0.0.0', '127.0.0.1')}/readyz${query}`)
  return { status: response.status, body: (await response.json()) as object }
}

describe('the open door', () => {
  const clientCa = '/ca.pem'
  const tls = { cert: '/cert.pem', key: '/key.pem', clientCa }
  const at = (address: string, config: Partial<ServeConfig> = {}) =>
    openTo({ access: { file: undefined }, tls: undefined, ...config }, address)

  test.for(['0.0.0.0', '::', '192.168.0.7', '2001:db8::1', '[::]', '::ffff:10.0.0.1'])(
    'a server on %s is open to everybody, and not if it has an access file or requires certificates',
    (address) => {
      expect(at(address)).toBe('everybody')
      expect(at(address, { tls: { ...tls, clientCa: undefined } })).toBe('everybody')
      expect(at(address, { tls: { ...tls, clientAuth: 'request' } })).toBe('everybody')
      expect(at(address, { tls })).toBe('trusted certificates')
      expect(at(address, { access: { ...{ file: '/access.yaml' } } as ServeConfig['access'], tls })).toBeUndefined()
    },
  )

  test.for(['127.0.0.1', '127.8.8.8', '::1', '[::1]', '::ffff:127.0.0.1'])(
    'a server on %s is open to its machine only',
    (address) => expect(at(address)).toBe('this machine'),
  )

  test('a server beyond loopback without --auth warns in its log and in the body of /readyz, and is ready', async () => {
    const server = await serve('--host', '0.0.0.0')
    await eventually('it has warned', async () => warningsOf(server).length > 0)
    expect(warningsOf(server)).toEqual([MESSAGE])
    for (const query of ['', '?for=writes']) {
      const { status, body } = await readinessOf(server, query)
      expect(status).toBe(200)
      expect(body).toEqual({
        status: 'ok',
        lookups: { status: 'ok' },
        changes: { status: 'ok' },
        warnings: [`${MESSAGE}.`],
      })
    }
  })

  test('a server with --auth does not warn', async () => {
    const server = await serve('--host', '0.0.0.0', '--auth', access)
    expect(warningsOf(server)).toEqual([])
    expect((await readinessOf(server)).body).not.toHaveProperty('warnings')
  })

  test('a server that requires certificates does not warn, but tells that each of them may do everything', async () => {
    const tlsFlags = ['--tls-cert', pem('server'), '--tls-key', pem('server-key'), '--tls-client-ca', pem('ca')]
    const server = await serve('--host', '0.0.0.0', ...tlsFlags)
    expect(warningsOf(server)).toEqual([])
    const told = 'there is no --auth, so every client with a trusted certificate may read and change everything'
    await eventually('it has told so', async () => linesOf(server).some(({ msg }) => msg === told))
  })

  test('with workers, the primary process warns once, and every worker answers with the warning', async () => {
    const server = await serveWithWorkers(2, [...newStore(), '--host', '0.0.0.0'])
    onTestFinished(async () => void (await server.stop()))
    await eventually('it has warned', async () => warningsOf(server).length > 0)
    const bodies = await Promise.all(Array.from({ length: 12 }, () => readinessOf(server)))
    for (const { body } of bodies) expect(body).toHaveProperty('warnings', [`${MESSAGE}.`])
    expect(warningsOf(server)).toEqual([MESSAGE])
  })

  const python = findPythonWith('pty') ?? ''
  const hasPython = skipWithout(
    python !== '',
    'there is no Python with the module pty for the banner of an open server',
  )
  test.skipIf(hasPython !== undefined)('on a terminal, the banner of an open server has the warning, too', async () => {
    const terminal = runOnTerminal(python, ['serve', '--port', '0', '--host', '0.0.0.0', ...newStore()], {})
    onTestFinished(() => terminal.end())
    await terminal.shows('Ctrl-C')
    const lines = stripVTControlCharacters(terminal.screen()).split('\r\n')
    expect(lines).toContain(`  WARNING: ${MESSAGE}.`)
    expect(lines).toContain('  may change      everybody who can connect to 0.0.0.0')
  })
})
