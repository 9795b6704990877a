import { execFile } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { downloadMongod } from './mongod-download.ts'
import type { RunningMongo } from './running-mongo.ts'

/**
 * Starts a mongod as a replica set of one, because only a replica set answers linearizable reads. Rejects if no mongod
 * can be found or started.
 */
export async function startMongod(): Promise<RunningMongo> {
  const systemBinary = await findMongod()
  const { MongoMemoryReplSet } = await memoryServer()
  const server = await MongoMemoryReplSet.create({
    binary: { systemBinary },
    replSet: { count: 1, storageEngine: 'wiredTiger' },
  })
  return {
    uri: server.getUri(),
    engine: `mongod ${await versionOf(systemBinary)}, replica set of one`,
    stop: async () => void (await server.stop()),
  }
}

/** Returns the path of a mongod: the installed one, else an earlier download, else a new one with progress lines. */
export async function findMongod(report?: (line: string) => void): Promise<string> {
  return (await installed()) ?? (await downloaded()) ?? (await downloadMongod(report))
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

async function downloaded(): Promise<string | undefined> {
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
