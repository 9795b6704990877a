import { mongoLocation } from './mongo.ts'
import { mongoUri } from './mongo-storage.ts'
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts'

/** A new database on the MongoDB of this run, reached through a proxy that can fail. */
export async function proxiedMongo(): Promise<{ readonly proxy: TcpProxy; readonly location: string }> {
  const uri = new URL(mongoUri())
  const proxy = await startTcpProxy(Number(uri.port || 27_017), uri.hostname)
  uri.host = `127.0.0.1:${proxy.port}`
  // With a replica set the driver would connect to the members' own addresses, past the proxy.
  uri.searchParams.delete('replicaSet')
  uri.searchParams.set('directConnection', 'true')
  return { proxy, location: mongoLocation(uri.href) }
}
