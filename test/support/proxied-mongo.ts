import { type Document, MongoClient } from 'mongodb'
import { mongoStorage } from './mongo-storage.ts'
import type { Storage } from './storage.ts'
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts'

/** A database that can also be reached through a proxy that can fail. */
export interface ProxiedMongo {
  readonly proxy: TcpProxy
  /** The location of the database behind the proxy. */
  readonly proxied: string
  /** The same database without the proxy. */
  readonly storage: Storage
  /** Runs a command on the database, without the proxy. */
  command(command: Document): Promise<Document>
  close(): Promise<void>
}

/** A new database on the MongoDB of this run. */
export async function proxiedMongo(createStorage = mongoStorage): Promise<ProxiedMongo> {
  const storage = await createStorage()
  const { host, port } = await findPrimary(storage.location)
  const proxy = await startTcpProxy(port, host)
  const close = async () => {
    await proxy.close()
    await storage.remove()
  }
  const command = (it: Document) => runCommand(storage.location, it)
  return { proxy, proxied: throughProxy(storage.location, proxy.port), storage, command, close }
}

async function runCommand(location: string, command: Document): Promise<Document> {
  const client = await MongoClient.connect(location)
  try {
    return await client.db().command(command)
  } finally {
    await client.close()
  }
}

async function findPrimary(location: string): Promise<{ host: string; port: number }> {
  const client = await MongoClient.connect(location)
  const { primary } = await client.db('admin').command({ hello: 1 })
  await client.close()
  const [server] = client.options.hosts
  const [host = '127.0.0.1', port] = String(primary ?? server).split(':')
  return { host, port: Number(port ?? 27_017) }
}

// A direct connection, because a replica set would tell the driver its own addresses, which go past the proxy.
function throughProxy(location: string, port: number): string {
  const [server = '', query = ''] = location.split('?')
  const options = new URLSearchParams(query)
  options.delete('replicaSet')
  options.set('directConnection', 'true')
  return `${server.replace(/(\/\/(?:[^@/]*@)?)[^/]+/, `$1127.0.0.1:${port}`)}?${options}`
}
