import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Finished, runWaypost, spawnServe } from '../support/serve.ts'

const folder = mkdtempSync(join(tmpdir(), 'waypost-start-'))
const at = (name: string) => join(folder, name)
const PASSWORD = 's3cret-Pa55'

beforeAll(() => {
  writeFileSync(at('file'), 'This is no database. '.repeat(1000))
  mkdirSync(at('folder'))
  const foreign = new DatabaseSync(at('foreign.db'))
  foreign.exec('CREATE TABLE entries (mine TEXT); PRAGMA user_version = 4711')
  foreign.close()
  const modules = {
    'no-default.js': 'export const policy = () => true',
    'no-function.js': 'export default true',
    'empty.ts': '',
    'broken.js': 'export default (',
    'throws.js': 'throw new Error("while loading")',
    'needs.js': 'import "a-package-that-nobody-has"\nexport default () => true',
    'not-erasable.ts': 'enum Answer { yes }\nexport default () => Answer.yes === 0',
    'not-a-module.txt': 'true',
  }
  for (const [name, text] of Object.entries(modules)) writeFileSync(at(name), text)
})
afterAll(() => rmSync(folder, { recursive: true }))

/** Runs `waypost serve` on a free port and with a new store unless the arguments name another. */
function serve(args: readonly string[], env: Record<string, string> = {}): Promise<Finished> {
  const name = Math.random().toString(36).slice(2)
  return runWaypost(['serve', ...args], { WAYPOST_PORT: '0', WAYPOST_STORE: `sqlite:${at(name)}.db`, ...env })
}

/** Checks that the output is a single line with these contents. */
function expectOneLine({ exitCode, stdout, stderr }: Finished, ...says: readonly RegExp[]): void {
  expect(exitCode, 'a signal or a success').toBeGreaterThan(0)
  expect(stdout).toBe('')
  expect(stderr).toMatch(/^[^\n]+\n$/)
  expect(stderr).not.toMatch(/^\s+at |node:internal|\.[jt]s:\d+:\d+/m)
  expect(stderr).not.toContain(PASSWORD)
  for (const part of says) expect(stderr).toMatch(part)
}

// These values are refused before anything is opened, and the line contains the rule.
const badValues = [
  ['host', '', /address|host name/],
  ['host', 'not a host', /address|host name/],
  ['host', 'http://127.0.0.1', /address|host name/],
  ['port', '', /65535/],
  ['port', 'http', /65535/],
  ['port', '65536', /65535/],
  ['port', '-1', /65535/],
  ['port', '80.5', /65535/],
  ['store', '', /sqlite:.*mongodb:/],
  ['store', 'waypost.db', /sqlite:.*mongodb:/],
  ['store', 'sqlite:', /sqlite:.*mongodb:/],
  ['store', 'mongodb://', /sqlite:.*mongodb:/],
  ['store', `postgres://user:${PASSWORD}@127.0.0.1/waypost`, /sqlite:.*mongodb:/],
  ['base-path', 'registry', /\//],
  ['base-path', '/a//b', /\//],
  ['base-path', '/a?b', /\//],
  ['base-path', '/a b', /\//],
  ['auth', '', /is empty; give it a value, or unset it/],
  ['default-policy', '', /latest-semver.*latest-stable.*manual.*module/],
  ['default-policy', 'latest', /latest-semver.*latest-stable.*manual.*module/],
  ['workers', '', /from 1 to 64, or auto/],
  ['workers', '0', /from 1 to 64, or auto/],
  ['workers', '65', /from 1 to 64, or auto/],
  ['workers', '1.5', /from 1 to 64, or auto/],
  ['workers', 'all', /from 1 to 64, or auto/],
  ['log-level', '', /fatal.*silent/],
  ['log-level', 'loud', /fatal.*silent/],
  ['log-format', 'xml', /auto, json, text/],
  ['metrics-port', '65536', /65535/],
  ['metrics-host', 'not a host', /address|host name/],
  ['access-log', 'yes', /true or false/],
  ['otlp-endpoint', '127.0.0.1:4318', /http or https URL/],
] as const

describe.concurrent('a setting with an invalid value', () => {
  it.each(badValues)('the server does not start with --%s %j and prints one line', async (setting, value, allowed) => {
    expectOneLine(
      await serve([`--${setting}`, value]),
      new RegExp(`--${setting}\\b`),
      value === '' ? /is empty/ : allowed,
    )
  })

  it.each(badValues)('the server does not start with %s %j in the environment and prints one line', async (...row) => {
    const [setting, value, allowed] = row
    const variable = `WAYPOST_${setting.toUpperCase().replace('-', '_')}`
    expectOneLine(await serve([], { [variable]: value }), new RegExp(`--${setting}\\b|${variable}`), allowed)
  })
})

describe.concurrent('a wrong command line', () => {
  it.each([
    ['an unknown flag', ['--nonsense'], /--nonsense/],
    ['a misspelled flag', ['--prot', '8080'], /--prot/],
    ['a flag without its value', ['--port'], /--port/],
    ['an extra argument', ['my-org/my-service'], /argument/],
  ])('the server does not start with %s and prints one line', async (_reason, args, says) => {
    expectOneLine(await serve(args), says)
  })

  it('an unknown command prints one line', async () => {
    expectOneLine(await runWaypost(['server']), /server/)
  })
})

describe.concurrent('unavailable resources', () => {
  it('the server does not start if the port of its metrics is in use and prints one line with the port', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as { port: number }
    const finished = await serve(['--metrics-port', String(port)])
    other.close()
    expectOneLine(finished, /--metrics-port\b/, new RegExp(String(port)), /in use; choose another port/)
  })

  it('the server does not start on a port that is in use and prints one line with the port', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => other.once('listening', resolve))
    const { port } = other.address() as { port: number }
    const finished = await serve(['--port', String(port)])
    other.close()
    expectOneLine(finished, /--port\b/, new RegExp(String(port)), /in use/)
  })

  it.each([
    ['an address of another machine', '192.0.2.1'],
    ['a name that does not resolve', 'nobody.invalid'],
  ])('the server does not start on %s and prints one line with the host', async (_reason, host) => {
    expectOneLine(await serve(['--host', host]), /--host\b/, new RegExp(host.replaceAll('.', '\\.')))
  })

  it.each([
    ['below a regular file', 'file/waypost.db'],
    ['in a folder that does not exist', 'nowhere/waypost.db'],
    ['that is a folder', 'folder'],
    ['that is not a database', 'file'],
    ['that is the database of another program', 'foreign.db'],
  ])('the server does not start with a SQLite path %s and prints one line with it', async (_reason, path) => {
    expectOneLine(await serve(['--store', `sqlite:${at(path)}`]), /--store\b/, new RegExp(path))
  })

  it.each([
    ['where nobody listens', `mongodb://user:${PASSWORD}@127.0.0.1:1/waypost`],
    [
      'where nobody listens, by a short patience',
      `mongodb://user:${PASSWORD}@127.0.0.1:1/?serverSelectionTimeoutMS=300`,
    ],
    ['at a name that does not resolve', `mongodb://user:${PASSWORD}@nobody.invalid/waypost`],
    ['at a service name that does not resolve', `mongodb+srv://user:${PASSWORD}@nobody.invalid/waypost`],
    ['at a port that does not exist', `mongodb://user:${PASSWORD}@127.0.0.1:99999/waypost`],
    ['with an option that does not exist', `mongodb://user:${PASSWORD}@127.0.0.1:1/?nonsense=1`],
    ['with a password that is not encoded', `mongodb://user:${PASSWORD}/:@x@127.0.0.1:1/waypost`],
    ['with a badly percent-encoded user name', `mongodb://%zz:${PASSWORD}@127.0.0.1:1/waypost`],
    ['with a password in an option', `mongodb://127.0.0.1:1/?tls=true&tlsCertificateKeyFilePassword=${PASSWORD}`],
  ])('the server does not start with MongoDB %s and prints one line without the password', async (_reason, uri) => {
    expectOneLine(await serve(['--store', uri]), /--store\b/, /mongodb/)
    expectOneLine(await serve(['--log-level', 'trace'], { WAYPOST_STORE: uri }), /--store\b|WAYPOST_STORE/, /mongodb/)
  })

  it.each([
    ['a file that does not exist', 'nowhere.js'],
    ['a folder', 'folder'],
    ['a module without a default export', 'no-default.js'],
    ['an empty module', 'empty.ts'],
    ['a module whose default export is not a function', 'no-function.js'],
    ['a module with a syntax error', 'broken.js'],
    ['a module that throws while it is loaded', 'throws.js'],
    ['a module that imports what is not there', 'needs.js'],
    ['a module in TypeScript that is not erasable', 'not-erasable.ts'],
    ['a file that is not a module', 'not-a-module.txt'],
  ])('the server does not start with %s as the policy and prints one line with it', async (_reason, file) => {
    expectOneLine(await serve(['--default-policy', at(file)]), /--default-policy\b/, new RegExp(file))
  })

  it('a failed start leaves nothing behind that could prevent the next start', async () => {
    const store = `sqlite:${at('next.db')}`
    expectOneLine(await serve(['--store', store, '--host', '192.0.2.1']), /192\.0\.2\.1/)
    const server = await spawnServe(['--store', store])
    expect(await server.stop()).toBe(0)
  })
})
