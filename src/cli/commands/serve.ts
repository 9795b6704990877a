import type { Command } from 'commander'
import { type AccessFlags, toAccessConfig } from '../../config/access.ts'
import { type CallTokensFlags, toCallTokensConfig } from '../../config/call-tokens.ts'
import { type LimitFlags, toCallerLimits } from '../../config/caller-limits.ts'
import { toLimits } from '../../config/limits.ts'
import type { ServeConfig } from '../../config/serve-config.ts'
import { type TlsFlags, toTlsFiles } from '../../config/tls.ts'
import { serveOptions } from '../options/serve-options.ts'
import { StrictCommand } from '../options/strict-command.ts'
import { ignoreSignals } from '../serving/signals.ts'

/** The options as commander parses them. TLS and the limits have one option for each of their settings. */
type ServeFlags = Omit<
  ServeConfig,
  | 'tls'
  | 'corsOrigins'
  | 'allowedHosts'
  | 'endpointSchemes'
  | 'limits'
  | 'access'
  | 'callTokens'
  | 'callerLimits'
  | 'telemetry'
> & {
  readonly corsOrigin: readonly string[]
  readonly allowedHost: readonly string[]
  readonly endpointScheme: readonly string[]
} & AccessFlags &
  CallTokensFlags &
  LimitFlags &
  TlsFlags &
  TelemetryFlags &
  Parameters<typeof toLimits>[0]

interface TelemetryFlags {
  readonly metricsHost: string
  readonly metricsPort: number | undefined
  readonly accessLog: boolean
  readonly otlpEndpoint: string | undefined
}

/** `waypost serve`: runs a registry until the process receives SIGTERM or SIGINT. */
export function serveCommand(): Command {
  const command = new StrictCommand('serve')
    .summary('Run a registry server.')
    .description(
      'Run a registry server until it receives SIGTERM or SIGINT. Every option can also be set by its environment ' +
        'variable. If both are set, the option counts.',
    )
  for (const option of serveOptions()) command.addOption(option)
  return command
    .addHelpText('after', '\nExample:\n  $ waypost serve --port 8080 --store sqlite:/var/lib/waypost/waypost.db')
    .action(async ({ corsOrigin, allowedHost, endpointScheme, ...flags }: ServeFlags) => {
      const callTokens = toCallTokensConfig(flags)
      const tls = toTlsFiles(flags)
      const lists = { corsOrigins: corsOrigin, allowedHosts: allowedHost, endpointSchemes: endpointScheme }
      ignoreSignals()
      // Loaded late, because the other commands start faster without it.
      const { serve } = await import('../serving/serve.ts')
      const groups = {
        limits: toLimits(flags),
        access: toAccessConfig(flags),
        callTokens,
        telemetry: toTelemetry(flags),
      }
      return serve({ ...flags, ...lists, tls, ...groups, callerLimits: toCallerLimits(flags) })
    })
}

function toTelemetry({ metricsHost, metricsPort, accessLog, otlpEndpoint }: TelemetryFlags) {
  const metrics = metricsPort === undefined ? undefined : { host: metricsHost, port: metricsPort }
  return { metrics, accessLog, otlpEndpoint }
}
