import { execFile } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { type Document, MongoClient } from 'mongodb'
import { downloadMongod } from './mongod-download.ts'
import type { RunningMongo, Topology } from './running-mongo.ts'

const MEMBERS = 3

// On a busy machine, mongod may need longer than the 10 seconds that are the default.
const LAUNCH_MS = 60_000

/** The tests store little data, and need the cores for other processes. */
export const FLAGS = ['--wiredTigerCacheSizeGB', '0.25', '--setParameter', 'diagnosticDataCollectionEnabled=false']

/** Starts a deployment. Rejects if no mongod can be found or started. */
export async function startMongod(topology: Topology): Promise<RunningMongo> {
  const systemBinary = await findMongod()
  const start = topology === 'replica set' ? startReplicaSet : startSingleServer
  const deployment = await start(systemBinary)
  return {
    uri: deployment.getUri(),
    engine: `mongod ${await versionOf(systemBinary)}, ${topology}`,
    stop: async () => void (await deployment.stop()),
  }
}

/** A server that lets only its users in. */
export interface MongodWithUsers {
  /** Makes a user of a database with this role, and returns the connection string. The password is `secret`. */
  addUser(database: string, role: string): Promise<string>
  /** Takes this role from its user, who gets another one. */
  replaceRole(database: string, role: string, by: string): Promise<void>
  stop(): Promise<void>
}

/** Starts a single server with access control. Rejects if no mongod can be found or started. */
export async function startMongodWithUsers(): Promise<MongodWithUsers> {
  const { MongoMemoryServer } = await memoryServer()
  const [instance, systemBinary] = [singleServer, await findMongod()]
  const auth = { enable: true, customRootName: 'root', customRootPwd: 'secret' }
  const server = await MongoMemoryServer.create({ binary: { systemBinary }, instance, auth })
  const locationOf = (user: string, path: string) =>
    server.getUri().replace(/\/\/(.*?)\/.*$/, `//${user}:secret@$1/${path}`)
  const root = await MongoClient.connect(locationOf('root', '?authSource=admin'))
  return {
    addUser: async (database, role) => {
      await root.db(database).command({ createUser: role, pwd: 'secret', roles: [role] })
      return locationOf(role, database)
    },
    replaceRole: async (database, role, by) => {
      await root.db(database).command({ updateUser: role, roles: [by] })
    },
    stop: async () => {
      await root.close()
      await server.stop()
    },
  }
}

/** A single server whose commands a test can let fail. */
export interface FailingMongod {
  readonly uri: string
  /** Lets commands fail, as the fail point `failCommand` of MongoDB does. `times`: how many; default: one. */
  failCommands(data: Document, times?: number): Promise<void>
  /** Lets every build of an index wait until the returned function is called. */
  holdIndexBuilds(): Promise<() => Promise<void>>
  stop(): Promise<void>
}

/** Starts a single server with the commands that MongoDB has for tests. Rejects if no mongod can be found or started. */
export async function startFailingMongod(): Promise<FailingMongod> {
  const { MongoMemoryServer } = await memoryServer()
  const instance = { ...singleServer, args: [...FLAGS, '--setParameter', 'enableTestCommands=1'] }
  const server = await MongoMemoryServer.create({ binary: { systemBinary: await findMongod() }, instance })
  const client = await MongoClient.connect(server.getUri())
  const configure = (configureFailPoint: string, more: Document) =>
    client.db('admin').command({ configureFailPoint, ...more })
  return {
    uri: server.getUri(),
    failCommands: async (data, times = 1) => {
      await configure('failCommand', { mode: times === 0 ? 'off' : { times }, data })
    },
    holdIndexBuilds: async () => {
      await configure('hangAfterStartingIndexBuild', { mode: 'alwaysOn' })
      return async () => void (await configure('hangAfterStartingIndexBuild', { mode: 'off' }))
    },
    stop: async () => {
      await client.close()
      await server.stop()
    },
  }
}

/** Starts a single server that takes only connections with TLS, with the certificate and the key in this file. */
export async function startMongodWithTls(file: string): Promise<Pick<RunningMongo, 'uri' | 'stop'>> {
  const { MongoMemoryServer } = await memoryServer()
  const instance = { ...singleServer, args: [...FLAGS, '--tlsMode', 'requireTLS', '--tlsCertificateKeyFile', file] }
  const server = await MongoMemoryServer.create({ binary: { systemBinary: await findMongod() }, instance })
  return { uri: server.getUri(), stop: async () => void (await server.stop()) }
}

/** A replica set of three of a test's own. */
export interface FreezableReplicaSet {
  readonly uri: string
  /** The process of the member at this port. */
  pidOf(port: number): number
  stop(): Promise<void>
}

/** Starts a replica set that elects a new primary soon after it lost one. Rejects if no mongod can be found or started. */
export async function startFreezableReplicaSet(electionTimeoutMillis: number): Promise<FreezableReplicaSet> {
  const { MongoMemoryReplSet } = await memoryServer()
  const settings = { electionTimeoutMillis, heartbeatIntervalMillis: 200 }
  const replicaSet = await MongoMemoryReplSet.create({
    binary: { systemBinary: await findMongod() },
    replSet: { count: MEMBERS, storageEngine: 'wiredTiger', args: FLAGS, configSettings: settings },
    instanceOpts: Array.from({ length: MEMBERS }, () => ({ launchTimeout: LAUNCH_MS })),
  })
  const infos = replicaSet.servers.map(({ instanceInfo }) => instanceInfo)
  return {
    uri: replicaSet.getUri(),
    pidOf: (port) => {
      const pid = infos.find((info) => info?.port === port)?.instance.mongodProcess?.pid
      if (pid === undefined) throw new Error(`no member has port ${port}`)
      return pid
    },
    stop: async () => void (await replicaSet.stop()),
  }
}

const singleServer = { storageEngine: 'wiredTiger', args: FLAGS, launchTimeout: LAUNCH_MS } as const

async function startSingleServer(systemBinary: string) {
  const { MongoMemoryServer } = await memoryServer()
  return MongoMemoryServer.create({ binary: { systemBinary }, instance: singleServer })
}

async function startReplicaSet(systemBinary: string) {
  const { MongoMemoryReplSet } = await memoryServer()
  return MongoMemoryReplSet.create({
    binary: { systemBinary },
    replSet: { count: MEMBERS, storageEngine: 'wiredTiger', args: FLAGS },
    instanceOpts: Array.from({ length: MEMBERS }, () => ({ launchTimeout: LAUNCH_MS })),
  })
}

/**
 * Returns the path of a mongod: the one that `MONGOMS_SYSTEM_BINARY` names, else one on the PATH, else an earlier
 * download, else a new download. Rejects if `MONGOMS_SYSTEM_BINARY` names no mongod.
 */
export async function findMongod(): Promise<string> {
  const isNamed = Boolean(process.env.MONGOMS_SYSTEM_BINARY)
  return (isNamed ? undefined : await installed()) ?? (await located()) ?? (await downloadMongod())
}

async function installed(): Promise<string | undefined> {
  const name = process.platform === 'win32' ? 'mongod.exe' : 'mongod'
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, name)
    if (folder && (await isExecutable(path))) return path
  }
  return undefined
}

function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}

async function located(): Promise<string | undefined> {
  const { DryMongoBinary } = await memoryServer()
  return DryMongoBinary.locateBinary(DryMongoBinary.getEnsuredOptions())
}

/** Loads the package late, because a run against a given server does not need it. */
async function memoryServer() {
  // Any version of mongod is good enough. Without this the package warns about versions other than its default.
  process.env.MONGOMS_SYSTEM_BINARY_VERSION_CHECK ??= 'false'
  return import('mongodb-memory-server')
}

async function versionOf(path: string): Promise<string> {
  const { stdout } = await promisify(execFile)(path, ['--version'])
  return /v(\d[\w.-]*)/.exec(stdout)?.[1] ?? '(unknown version)'
}
