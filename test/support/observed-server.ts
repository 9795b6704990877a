import { createClient } from '@connectrpc/connect'
import { createGrpcTransport } from '@connectrpc/connect-node'
import { ServiceRegistry } from '../../gen/waypost/v1/service_registry_pb.ts'
import type { TelemetryConfig } from '../../src/config/serve-config.ts'
import type { RunningServer } from '../../src/start-server.ts'
import { startInProcess } from './in-process.ts'
import { parseMetrics, type Sample } from './metrics-text.ts'
import { type LoggedLine, recordingLogger } from './recording-logger.ts'
import { sqliteStorage } from './storage.ts'

/** A server in this process with metrics, an access log, or both. */
export interface ObservedServer extends AsyncDisposable {
  readonly server: RunningServer
  readonly lines: readonly LoggedLine[]
  /** The text that Prometheus reads. */
  readMetrics(): Promise<string>
  readSamples(): Promise<Sample[]>
}

/** Starts a server on free ports, with metrics unless the settings say otherwise. */
export async function startObserved(telemetry: Partial<TelemetryConfig> = {}): Promise<ObservedServer> {
  const { log, lines } = recordingLogger()
  const storage = await sqliteStorage()
  const metrics = { host: '127.0.0.1', port: 0 }
  const server = await startInProcess(storage, { log, telemetry: { metrics, ...telemetry } })
  const readMetrics = async () => (await fetch(server.metricsUrl ?? '')).text()
  return {
    ...{ server, lines, readMetrics },
    readSamples: async () => parseMetrics(await readMetrics()),
    [Symbol.asyncDispose]: async () => {
      await server.close()
      await storage.remove()
    },
  }
}

/** Sends a call of Connect with JSON. */
export function callConnect(url: string, method: string, body: object, headers: Record<string, string> = {}) {
  return fetch(`${url}/waypost.v1.ServiceRegistry/${method}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
}

/** A client that speaks gRPC. */
export function grpcClient(url: string) {
  return createClient(ServiceRegistry, createGrpcTransport({ baseUrl: url }))
}

/** Makes calls that have each metric and each label as their effect: registrations, lookups and failures. */
export async function makeEveryKindOfCall(url: string): Promise<void> {
  const service = `${url}/services/my-org/my-service`
  await (await fetch(service, { method: 'POST', body: '{"revision_tag": "1.2.9"}' })).text()
  await (await fetch(service)).text()
  await (await fetch(`${url}/services/my-org/nothing`)).text()
  await (await fetch(`${url}/no/such/path`)).text()
  await (await callConnect(url, 'Get', { namespace: 'my-org', name: 'my-service', revisionTag: '1.2.9' })).text()
  await (await callConnect(url, 'Get', { namespace: 'my-org', name: 'nothing' })).text()
  // The deadline has passed before the call begins, so the server is at fault by OpenTelemetry's conventions.
  await (await callConnect(url, 'Get', { namespace: 'a', name: 'b' }, { 'connect-timeout-ms': '0' })).text()
  const grpc = grpcClient(url)
  await grpc.get({ namespace: 'my-org', name: 'my-service', versionRange: '1' })
  await grpc.get({ namespace: 'my-org', name: 'my-service', alias: 'nothing' }).catch(() => {})
}
