import { Command, type Option } from 'commander'
import { destination, pino } from 'pino'
import { startServer } from '../../compose.ts'
import {
  defaults,
  limitBounds,
  parseBasePath,
  parseCorsOrigins,
  parseDefaultPolicy,
  parseHost,
  parseLogLevel,
  parsePath,
  parsePort,
  parseStore,
  parseSwitch,
  parseWhole,
  type ServeConfig,
  toLimits,
  toTlsFiles,
} from '../../config.ts'
import { setting } from '../options/setting.ts'

/** What commander makes of the command line: the settings of TLS and of the limits are still apart. */
type ServeFlags = Omit<ServeConfig, 'tls' | 'corsOrigins' | 'limits'> & {
  readonly corsOrigin: readonly string[]
  readonly tlsCert: string
  readonly tlsKey: string
  readonly tlsClientCa: string
} & Parameters<typeof toLimits>[0]

/** `waypost serve`: runs a registry until SIGTERM or SIGINT. */
export function serveCommand(): Command {
  const command = new Command('serve').description('Run a registry.')
  const { host, port, store, basePath, defaultPolicy, corsOrigin, tlsPath, reflection, logLevel } = defaults
  for (const option of [
    setting('--host <address>', 'address to listen on', host, parseHost),
    setting('--port <number>', 'port to listen on; 0: any', port, parsePort),
    setting('--store <location>', 'sqlite:PATH or mongodb://…', store, parseStore),
    setting('--base-path <path>', 'path that REST is below', basePath, parseBasePath),
    setting(
      '--default-policy <name|path>',
      'latest-semver, latest-stable, manual, or a module',
      defaultPolicy,
      parseDefaultPolicy,
    ),
    setting('--cors-origin <origins>', 'origins whose pages may call from a browser', corsOrigin, parseCorsOrigins),
    setting('--tls-cert <path>', 'certificate to speak TLS with, PEM', tlsPath, parsePath),
    setting('--tls-key <path>', "the certificate's key, PEM", tlsPath, parsePath),
    setting('--tls-client-ca <path>', 'authorities of which clients must show a certificate, PEM', tlsPath, parsePath),
    setting('--reflection <switch>', 'whether gRPC clients may ask for the proto files', reflection, parseSwitch),
    limit('--max-request-bytes <bytes>', 'largest request body, after decompression', 'maxRequestBytes'),
    limit('--max-header-bytes <bytes>', 'largest set of request headers', 'maxHeaderBytes'),
    limit('--idle-timeout <seconds>', 'how long an HTTP/2 session is kept without a request', 'idleTimeout'),
    limit('--max-concurrent-streams <number>', 'open requests of one HTTP/2 session', 'maxConcurrentStreams'),
    setting('--log-level <level>', 'fatal to trace, or silent', logLevel, parseLogLevel),
  ]) {
    command.addOption(option)
  }
  return command
    .addHelpText('after', '\nExample:\n  $ waypost serve --port 8080 --store sqlite:/var/lib/waypost/waypost.db')
    .action(({ corsOrigin, tlsCert, tlsKey, tlsClientCa, ...flags }: ServeFlags) => {
      const tls = toTlsFiles(tlsCert, tlsKey, tlsClientCa)
      return serve({ ...flags, corsOrigins: corsOrigin, tls, limits: toLimits(flags) })
    })
}

function limit(flags: string, help: string, name: keyof typeof limitBounds): Option {
  return setting(flags, help, defaults[name], (text) => parseWhole(text, limitBounds[name]))
}

async function serve(config: ServeConfig): Promise<void> {
  const log = pino({ level: config.logLevel }, destination({ dest: 2, sync: true }))
  const server = await startServer(config, log)
  // Before anybody is told that it listens, and could want it to stop.
  const stopping = firstSignal()
  process.stdout.write(`waypost listening on ${server.url}\n`)
  log.info({ signal: await stopping }, 'stopping')
  await server.close()
}

// Later signals change nothing: npm passes on what the terminal has sent to the whole group already.
function firstSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, resolve)
  })
}
