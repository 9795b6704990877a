import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import packageJson from '../../package.json' with { type: 'json' }
import type { RunningServer } from '../../src/start-server.ts'
import { startInProcess } from '../support/in-process.ts'
import { packagesOf, recordModules } from '../support/loaded-modules.ts'
import { spawnServe } from '../support/serve.ts'
import { type Storage, sqliteStorage } from '../support/storage.ts'
import { findChromium, skipWithout } from '../support/tools.ts'
import { ready } from '../support/workers.ts'
import { startRedirecting, USE } from './bundled-client.ts'
import { type Consumer, installInEmptyProject } from './consumer.ts'
import { runInChromium, runInWorkerd, workerd } from './platforms.ts'

// These tests need the registry or the cache of npm, because they install the dependencies.

/** The packages that docs/clients.md installs for JavaScript, in the versions of this repository. */
const GRPC = (['@grpc/grpc-js', '@grpc/proto-loader'] as const).map(
  (name) => `${name}@${packageJson.devDependencies[name]}`,
)

let consumer: Consumer
let storage: Storage
let server: RunningServer

beforeAll(async () => {
  consumer = await installInEmptyProject(...GRPC)
  storage = await sqliteStorage()
  server = await startInProcess(storage, { corsOrigins: ['*'] })
  await fetch(`${server.url}/services/my-org/bundled`, { method: 'POST', body: '{"revision_tag": "1.2.9"}' })
}, 300_000)

afterAll(async () => {
  await server?.close()
  await storage?.remove()
  await consumer?.remove()
})

const program = (entry: string) => `
import { createRegistryClient, formatPubSubId, parseSruid, RegistryError, type ServiceRevision } from '${entry}'

await using client = createRegistryClient({
  registries: [{ name: 'here', baseUrl: process.argv[2] ?? '', token: async ({ signal }) => String(signal.aborted) }],
  cache: { maxAge: 1_000 },
})
await client.register('my-org/my-service:1.2.9')
const revision: ServiceRevision = await client.get('my-org/my-service', { signal: AbortSignal.timeout(60_000) })
const error: unknown = await client.get('my-org/nothing').catch((caught: unknown) => caught)
const { code, reason } = error as RegistryError
const isOurs: boolean = error instanceof RegistryError
console.log(JSON.stringify([revision, isOurs, code, reason, parseSruid('a/b:1').name, formatPubSubId('a/b:1.2')]))
`

/** The only global of Node that the program uses. */
const GLOBALS = 'declare const process: { argv: string[] }'

const protoProgram = `
import { createClient } from '@connectrpc/connect'
import { createGrpcTransport } from '@connectrpc/connect-node'
import { create } from '@bufbuild/protobuf'
import { type Revision, Revision_View, RevisionSchema, ServiceRegistry } from 'waypost/proto'

const rpc = createClient(ServiceRegistry, createGrpcTransport({ baseUrl: process.argv[2] ?? '' }))
const request = { namespace: 'my-org', name: 'by-descriptors', revisionTag: '1.2.9' }
await rpc.register(request)
const { revision } = await rpc.get({ ...request, view: Revision_View.FULL })
const empty: Revision = create(RevisionSchema)
console.log(JSON.stringify([revision?.revisionTag, revision?.etag !== '', empty.revisionTag]))
process.exit()
`

const descriptors = `
import { create } from '@bufbuild/protobuf'
import type { Client } from '@connectrpc/connect'
import { type Revision, RevisionSchema, ServiceRegistry } from 'waypost/proto'

export const revision: Revision = create(RevisionSchema, { revisionTag: '1.2.9' })
export const get = (rpc: Client<typeof ServiceRegistry>) => rpc.get({ namespace: 'my-org', name: 'my-service' })
`

const serverProgram = `
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createRegistryHandler, openStore } from 'waypost/server'

const store = await openStore('sqlite:packed.db')
const app = createServer(createRegistryHandler({ store })).listen(0, '127.0.0.1')
await once(app, 'listening')
const url = 'http://127.0.0.1:' + app.address().port + '/services/my-org/my-service'
const { status } = await fetch(url, { method: 'POST', body: '{"revision_tag": "1.2.9"}' })
console.log(status)
app.close()
app.closeAllConnections()
await store.close()
`

describe('the packed package in an empty project', () => {
  test.for(['waypost', 'waypost/web'])('an ESM program can use %s of the packed package', async (entry) => {
    // Node removes the types itself.
    await consumer.write('program.ts', program(entry))
    expect(JSON.parse(await consumer.run(process.execPath, 'program.ts', server.url))).toEqual([
      { namespace: 'my-org', name: 'my-service', revisionTag: '1.2.9', isDefault: true },
      true,
      'not_found',
      'SERVICE_NOT_FOUND',
      'b',
      'a.b.1-2',
    ])
  })

  test('the packed package has the descriptors of the API for a client with a custom transport', async () => {
    await consumer.write('program.ts', protoProgram)
    expect(JSON.parse(await consumer.run(process.execPath, 'program.ts', server.url))).toEqual(['1.2.9', true, ''])
  })

  test.for([
    ['node16', 'node16'],
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ])(
    'the types of the package compile with module %s and moduleResolution %s and need no other types',
    async ([module, resolution]) => {
      await consumer.write('globals.d.ts', GLOBALS)
      for (const text of [program('waypost'), program('waypost/web'), descriptors]) {
        await consumer.write('program.ts', text)
        await consumer.write('tsconfig.json', tsconfig(module, resolution))
        await consumer.runTool('tsc', '-p', '.')
      }
    },
  )

  test('the types of waypost/server and waypost/testing need only those of Node', async () => {
    const text = "export * from 'waypost/server'\nexport * as testing from 'waypost/testing'\n"
    await consumer.write('program.ts', text)
    await consumer.write('globals.d.ts', '')
    const typeRoots = [fileURLToPath(new URL('../../node_modules/@types', import.meta.url))]
    await consumer.write('tsconfig.json', tsconfig('node16', 'node16', { types: ['node'], typeRoots }))
    await consumer.runTool('tsc', '-p', '.')
  })

  test('the types of the package reveal a mistake', async () => {
    await consumer.write('program.ts', program('waypost').replace('maxAge', 'maximumAge'))
    await consumer.write('globals.d.ts', GLOBALS)
    await consumer.write('tsconfig.json', tsconfig('node16', 'node16'))
    await expect(consumer.runTool('tsc', '-p', '.')).rejects.toThrow("'maximumAge' does not exist")
  })

  test('the packed package has a command line that runs', async () => {
    expect(await consumer.run('npx', '--no-install', 'waypost', '--version')).toMatch(/^\d+\.\d+\.\d+\n$/)
    await consumer.run('npx', '--no-install', 'waypost', 'register', 'my-org/cli:1.0.0', '--registry', server.url)
    expect(await consumer.run('npx', '--no-install', 'waypost', 'get', 'my-org/cli', '--registry', server.url)).toBe(
      'my-org/cli:1.0.0 (default)\n',
    )
  })

  test('the server of the packed package runs a policy module', async () => {
    await consumer.write('policy.mjs', 'export default ({ revisionTag }) => revisionTag === "2.0.0"')
    const folder = dirname(consumer.tarball)
    const args = ['--store', `sqlite:${folder}/policy.db`, '--default-policy', join(folder, 'policy.mjs')]
    const served = await spawnServe(args, {}, { main: join(folder, 'node_modules/waypost/dist/src/cli/main.js') })
    const register = async (tag: string) => {
      const body = JSON.stringify({ revision_tag: tag })
      return (await fetch(`${served.url}/services/my-org/decided`, { method: 'POST', body })).json()
    }
    const answers = [await register('1.0.0'), await register('2.0.0')]
    expect(await served.stop()).toBe(0)
    expect(answers).toMatchObject([{ is_default: false }, { is_default: true }])
  })

  test('the packed waypost serves with several workers', async () => {
    const folder = dirname(consumer.tarball)
    const main = join(folder, 'node_modules/waypost/dist/cli/waypost.cjs')
    const served = await spawnServe(['--workers', '2', '--store', `sqlite:${folder}/workers.db`], {}, { main })
    await ready(served, 2)
    const answer = await fetch(`${served.url}/services/my-org/served`, {
      method: 'POST',
      body: '{"revision_tag": "1.0.0"}',
    })
    expect(answer.status).toBe(201)
    expect(await served.stop()).toBe(0)
  })

  test('the packed command line tells people whose Node is too old which one they need', async () => {
    const old = "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } })"
    await consumer.write('old-node.cjs', old)
    const program = 'node_modules/waypost/dist/cli/waypost.cjs'
    for (const command of ['get', 'serve', '--version'])
      await expect(consumer.run('node', '--require', './old-node.cjs', program, command)).rejects.toThrow(
        'waypost: Node 20.20.2 is too old; use Node 24 or newer.',
      )
  })

  test('the packed command line has every command, and starts without the code of a server', async () => {
    const program = 'node_modules/waypost/dist/cli/waypost.cjs'
    expect(await consumer.run('node', program, '--help')).toMatch(
      /\n {2}serve .*\n(?:.*\n)* {2}get .*\n(?:.*\n)* {2}verify /,
    )
    await consumer.run(
      'node',
      program,
      'register',
      'my-org/packed:1.0.0',
      '--description',
      'x',
      '--registry',
      server.url,
    )
    const modules = await recordModules(async (env) => {
      const args = [program, 'get', 'my-org/packed', '--full', '--json', '--registry', server.url]
      const line = await consumer.run(
        'env',
        ...Object.entries(env).map(([name, value]) => `${name}=${value}`),
        'node',
        ...args,
      )
      expect(JSON.parse(line)).toMatchObject({ revision_tag: '1.0.0', description: 'x', state: 'ACTIVE' })
    })
    expect(packagesOf(modules)).toEqual(['waypost'])
    expect(modules.filter((name) => /^(?:https?2|internal\/deps\/undici\/undici|sqlite|tls)$/.test(name))).toEqual([])
  })

  test('the packed command line reads and writes its configuration file, and tells what is wrong with it', async () => {
    const waypost = (...args: readonly string[]) =>
      consumer.run('node', 'node_modules/waypost/dist/cli/waypost.cjs', ...args, '--config', 'profiles.yaml')
    await waypost('config', 'set', 'registry', server.url)
    await waypost('config', 'set', 'token-from', 'file:token')
    await consumer.write('token', 'a-token')
    expect(await waypost('whoami')).toMatch(/^anonymous\n/)
    await consumer.write('profiles.yaml', 'profiles:\n  default:\n    regsitry: x\n')
    await expect(waypost('whoami')).rejects.toThrow('line 3: profiles.default.regsitry is not known; did you mean reg')
  })

  test('the packed command line calls a registry with every kind of command, and tells why a call failed', async () => {
    const waypost = (...args: readonly string[]) =>
      consumer.run('node', 'node_modules/waypost/dist/cli/waypost.cjs', ...args, '--registry', server.url)
    await waypost('register', 'my-org/kinds:1.0.0', '--label', 'tier=web', '--endpoint', 'grpc=https://a.example')
    await waypost('update', 'my-org/kinds:1.0.0', '--set-label', 'a=b', '--clear', 'endpoints')
    await waypost('alias', 'set', 'my-org/kinds', 'beta', '--follows', '^1')
    expect(await waypost('alias', 'list', 'my-org/kinds')).toBe('beta: 1.0.0 (follows ^1)\n')
    await waypost('deprecate', 'my-org/kinds:1.0.0', '--reason', 'old')
    expect(await waypost('revisions', 'my-org/kinds', '--selector', 'a=b')).toContain('deprecated')
    expect(await waypost('get', 'my-org/kinds', '--explain')).toContain('state: deprecated: old')
    await expect(waypost('get', 'my-org/kinds', '--range', '^9')).rejects.toThrow(
      'waypost: Service revision not found.',
    )
    await expect(waypost('get', 'my-org/kinds', '--rang', '^9')).rejects.toThrow('did you mean --range?')
  })

  test('the packed command line runs a backtest of a policy module in a process of its own', async () => {
    const waypost = (...args: readonly string[]) =>
      consumer.run('node', 'node_modules/waypost/dist/cli/waypost.cjs', ...args, '--registry', server.url)
    await waypost('register', 'my-org/backtest:1.0.0')
    await consumer.write('first.mjs', 'export default (_, { currentDefault }) => currentDefault === null')
    const output = await waypost('policy', 'backtest', 'first.mjs', 'my-org/backtest')
    expect(output).toMatch(
      /^first\.mjs decided about 1 revision in 1 change of my-org\/backtest\nthe default would have/,
    )
  })

  test('the packed commands that open a store run from the files of the package', async () => {
    const waypost = (...args: readonly string[]) => consumer.run('npx', '--no-install', 'waypost', ...args)
    await consumer.write('dump.json', '[]')
    await waypost('import', 'dump.json', '--store', 'sqlite:moved.db')
    expect(await waypost('verify', '--store', 'sqlite:moved.db')).toMatch(/^verified 0 services/)
    expect(await waypost('export', '--store', 'sqlite:moved.db')).toMatch(/^{"kind":"export","content":"state"}\n/)
  })

  test('the package has the license of each package in its bundle', async () => {
    const text = await consumer.read('node_modules/waypost/dist/cli/LICENSES.txt')
    const bundled = [...text.matchAll(/^(\S+) \d\S+, license: /gm)].map(([, name]) => name)
    expect(bundled.toSorted()).toEqual(['@bufbuild/protobuf', '@connectrpc/connect', 'commander'])
    for (const part of ['Apache License', 'Redistribution and use', 'TJ Holowaychuk']) expect(text).toContain(part)
  })

  test('the SDK for traces is one file, which needs no package except its interface, and has the licenses of its parts', async () => {
    const folder = 'node_modules/waypost/dist/src/telemetry'
    const imported = [...(await consumer.read(`${folder}/otlp.js`)).matchAll(/\bfrom\s*"(@?[^"]+)"/g)].map(
      ([, name]) => name,
    )
    expect(imported).toContain('@opentelemetry/api')
    expect(imported.filter((name = '') => name.includes('/') && name !== '@opentelemetry/api')).toEqual([])
    const licenses = await consumer.read(`${folder}/LICENSES.txt`)
    for (const part of ['@opentelemetry/sdk-trace', 'Apache License']) expect(licenses).toContain(part)
  })

  test('a registry of the packed package stores a revision', async () => {
    await consumer.write('server.mjs', serverProgram)
    expect(await consumer.run(process.execPath, 'server.mjs')).toBe('201\n')
  })

  test('the documented program for grpc-js finds all protos in the installed package, and calls a registry', async () => {
    const [program, output] = readGrpcJsExample()
    await consumer.write('client.mjs', program)
    expect(await consumer.run(process.execPath, 'client.mjs', new URL(server.url).host)).toBe(output)
  })

  test('the packed package has the license of the protos of Google, and each of these files names it', async () => {
    const google = consumer.files.filter((file) => file.startsWith('proto/google/'))
    expect(google.toSorted()).toEqual([
      'proto/google/LICENSE',
      'proto/google/api/annotations.proto',
      'proto/google/api/field_behavior.proto',
      'proto/google/api/http.proto',
      'proto/google/rpc/error_details.proto',
      'proto/google/rpc/status.proto',
    ])
    for (const file of google) {
      const text = await consumer.read(`node_modules/waypost/${file}`)
      expect(text, file).toMatch(/Apache License,?\s+Version 2\.0/)
    }
  })

  test('the packed package is under 3 MB unpacked and contains only the intended files', () => {
    expect(consumer.unpackedSize).toBeLessThan(3_000_000)
    const other = /^(?:dashboards\/|dist\/|proto\/|README\.md$|LICENSE$|package\.json$)/
    expect(consumer.files.filter((file) => !other.test(file))).toEqual([])
    expect(consumer.files).toContain('dist/src/client/web.js')
  })

  // A bundle loads all modules of Node that it imports at its start, and this one takes a tenth of the time of a command.
  test('the bundle of the command line does not load the cryptography of Node at its start', async () => {
    const bundle = await consumer.read('node_modules/waypost/dist/cli/main.cjs')
    expect(bundle).toContain('require("node:')
    expect(bundle).not.toContain('require("node:crypto")')
  })

  test('the installed package has no dependency that only development needs', async () => {
    const installed = await consumer.run('npm', 'ls', '--all', '--parseable')
    expect(installed).toContain('node_modules/@connectrpc/connect')
    expect(installed).not.toMatch(
      /node_modules\/(?:@bufbuild\/(?:buf|protoc-gen-es)|google-proto-files|vitest|typescript)/,
    )
  })

  test('publint finds no problem in the package', async () => {
    expect(await consumer.runTool('publint', 'run', consumer.tarball, '--strict')).toContain('All good!')
  })

  test('are-the-types-wrong finds no problem in the package', async () => {
    // The package is ESM only and does not support CommonJS or Node 10. The exit code covers everything else.
    const found = await consumer.runTool('attw', consumer.tarball, '--profile', 'esm-only', '--no-definitely-typed')
    for (const entry of [
      'waypost',
      'waypost/web',
      'waypost/tokens',
      'waypost/proto',
      'waypost/server',
      'waypost/testing',
    ])
      expect(found).toContain(`"${entry}"`)
  })
})

describe('a bundle', () => {
  test.for([
    ['waypost/web', 'browser'],
    ['waypost', 'browser'],
    ['waypost', 'node'],
  ] as const)(
    'a bundle of parseSruid from %s for the platform %s contains nothing of Connect',
    async ([entry, platform]) => {
      const { modules, imports, code } = await consumer.bundle(`export { parseSruid } from '${entry}'`, platform)
      expect(modules.filter((module) => !module.startsWith('waypost/'))).toEqual([])
      expect(modules).toContain('waypost/dist/src/domain/sruid.js')
      expect(imports).toEqual([])
      expect(code.length).toBeLessThan(10_000)
    },
  )

  test.for([
    ['waypost/web', 'browser'],
    ['waypost', 'browser'],
    ['waypost', 'worker'],
    ['waypost', 'workerd'],
    ['waypost/proto', 'browser'],
  ] as const)(
    'a bundle of %s for the platform %s contains nothing of Node and is under 200 kB',
    async ([entry, platform]) => {
      const { code, imports, modules, warnings } = await consumer.bundle(`export * from '${entry}'`, platform)
      expect(warnings).toEqual([])
      expect(imports).toEqual([])
      expect(modules.some((module) => module.includes('connect-web/'))).toBe(entry !== 'waypost/proto')
      expect(modules.filter((module) => /connect-node|mongodb|pino|commander/.test(module))).toEqual([])
      expect(code).not.toMatch(/["'`]node:|\brequire\(/)
      expect(code.length).toBeLessThan(200_000)
    },
  )

  test('waypost has the same exports in a bundle for browsers as in Node', async () => {
    const list = "import * as waypost from 'waypost'; console.log(JSON.stringify(Object.keys(waypost).sort()))"
    await consumer.write('program.ts', list)
    const { code } = await consumer.bundle(list, 'browser')
    await consumer.write('list.mjs', code)
    expect(await consumer.run(process.execPath, 'list.mjs')).toBe(await consumer.run(process.execPath, 'program.ts'))
  })

  const noChromium = skipWithout(findChromium() !== undefined, 'a bundle in a browser: no chromium or google-chrome')
  const noWorkerd = skipWithout(workerd !== undefined, 'a bundle in a worker: npm has no workerd for this machine')
  for (const [platform, reason, run] of [
    ['browser', noChromium, runInChromium],
    ['workerd', noWorkerd, runInWorkerd],
  ] as const) {
    test.skipIf(reason)(`a bundle of waypost for the platform ${platform} runs there`, async () => {
      const { code } = await consumer.bundle(USE, platform)
      const redirecting = await startRedirecting(server.url)
      const [byConnect, byGrpcWeb, notFound, unreachable, redirected] = (await run(
        code,
        server.url,
        redirecting.url,
      )) as unknown[]
      redirecting.close()
      expect(byConnect).toEqual({ namespace: 'my-org', name: 'bundled', revisionTag: '1.2.9', isDefault: true })
      expect(byGrpcWeb).toEqual(byConnect)
      expect(notFound).toMatchObject({ code: 'not_found', reason: 'SERVICE_NOT_FOUND' })
      expect(unreachable).toMatchObject({ code: 'unavailable', reason: 'REGISTRY_UNREACHABLE' })
      expect((unreachable as { message: string }).message.includes('CORS')).toBe(platform === 'browser')
      expect(redirected).toMatchObject({
        code: 'unknown',
        reason: 'UNEXPECTED_ANSWER',
        message: expect.stringMatching(/is not from a registry \((?:HTTP 307|a redirect to another URL)\); check/),
      })
    })
  }
})

/** The program for grpc-js in docs/clients.md, and its output. */
function readGrpcJsExample(): readonly [program: string, output: string] {
  const page = readFileSync(new URL('../../docs/clients.md', import.meta.url), 'utf8')
  const [, section = ''] = page.split('## JavaScript with grpc-js\n')
  const [program, output] = [/^```js\n([\s\S]*?)^```$/m, /^```text\n([\s\S]*?)^```$/m].map((block) =>
    block.exec(section),
  )
  return [program?.[1] ?? '', output?.[1] ?? '']
}

function tsconfig(module = '', moduleResolution = '', more: object = {}): string {
  const options = {
    noEmit: true,
    strict: true,
    target: 'es2022',
    lib: ['es2022', 'dom'],
    skipLibCheck: false,
    types: [],
  }
  return JSON.stringify({
    compilerOptions: { ...options, module, moduleResolution, ...more },
    files: ['globals.d.ts', 'program.ts'],
  })
}
