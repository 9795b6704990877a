import { Command, Option } from 'commander'
import { destination, pino } from 'pino'
import { startServer } from '../compose.ts'
import {
  ConfigError,
  defaults,
  parseBasePath,
  parseDefaultPolicy,
  parseHost,
  parseLogLevel,
  parsePort,
  parseStore,
  parseSwitch,
  type ServeConfig,
} from '../config.ts'

/** `waypost serve`: runs a registry until SIGTERM or SIGINT. */
export function serveCommand(): Command {
  return new Command('serve')
    .description('Run a registry.')
    .addOption(setting('--host <address>', 'WAYPOST_HOST', 'address to listen on', defaults.host, parseHost))
    .addOption(setting('--port <number>', 'WAYPOST_PORT', 'port to listen on; 0: any', defaults.port, parsePort))
    .addOption(setting('--store <location>', 'WAYPOST_STORE', 'sqlite:PATH or mongodb://…', defaults.store, parseStore))
    .addOption(
      setting('--base-path <path>', 'WAYPOST_BASE_PATH', 'path that REST is below', defaults.basePath, parseBasePath),
    )
    .addOption(
      setting(
        '--default-policy <name|path>',
        'WAYPOST_DEFAULT_POLICY',
        'latest-semver, latest-stable, manual, or a module',
        defaults.defaultPolicy,
        parseDefaultPolicy,
      ),
    )
    .addOption(
      setting(
        '--reflection <switch>',
        'WAYPOST_REFLECTION',
        'whether gRPC clients may ask for the proto files',
        defaults.reflection,
        parseSwitch,
      ),
    )
    .addOption(
      setting(
        '--log-level <level>',
        'WAYPOST_LOG_LEVEL',
        'fatal to trace, or silent',
        defaults.logLevel,
        parseLogLevel,
      ),
    )
    .addHelpText('after', '\nExample:\n  $ waypost serve --port 8080 --store sqlite:/var/lib/waypost/waypost.db')
    .action((options: ServeConfig) => serve(options))
}

function setting<T>(flags: string, env: string, help: string, fallback: string, parse: (text: string) => T): Option {
  const option = new Option(flags, help).env(env)
  // Not commander's own error, which repeats the value: a store's may have a password in it.
  option.argParser((text) => {
    try {
      return parse(text)
    } catch (error) {
      throw error instanceof ConfigError ? new ConfigError(`${option.long} (${env}): ${error.message}`) : error
    }
  })
  return option.default(parse(fallback), fallback === '' ? 'none' : fallback)
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
