import type { Option } from 'commander'
import { accessDefaults } from '../../config/access.ts'
import { parseBasePath, parseHost, parseOptionalPort, parseOtlpEndpoint, parsePort } from '../../config/addresses.ts'
import { callTokensDefaults, parsePublicUrl } from '../../config/call-tokens.ts'
import { limitDefaults, parseMaxRevisions, parseMaxServices, parseRateLimit } from '../../config/caller-limits.ts'
import { limitBounds, parseWhole } from '../../config/limits.ts'
import { parseLogFormat, parseLogLevel } from '../../config/log.ts'
import { parseAllowedHosts, parseCorsOrigins } from '../../config/origins-and-hosts.ts'
import { parseWorkers } from '../../config/process-count.ts'
import { defaults } from '../../config/serve-config.ts'
import { parseStore } from '../../config/store-location.ts'
import { parseClientAuth } from '../../config/tls.ts'
import { parseDefaultPolicy, parsePath, parseSwitch } from '../../config/values.ts'
import { endpointSchemeSetting, refuseEmpty, setting, storeHelp } from './setting.ts'

/** The options of `waypost serve`, in the order of its help. Each of them is also an environment variable. */
export function serveOptions(): Option[] {
  return [
    ...registryOptions(),
    ...accessOptions(),
    ...callTokenOptions(),
    ...callerLimitOptions(),
    ...operationOptions(),
    ...telemetryOptions(),
  ]
}

function registryOptions(): Option[] {
  const { host, port, store, basePath, defaultPolicy } = defaults
  return [
    setting(
      '--host <address>',
      'address or host name to listen on; 0.0.0.0: every IPv4 address of the machine',
      host,
      parseHost,
    ),
    setting('--port <number>', 'TCP port to listen on, from 0 to 65535; 0 takes any free port', port, parsePort),
    setting('--store <location>', storeHelp, store, parseStore),
    setting(
      '--base-path <path>',
      'path below which everything is served, such as /api/registry (letters, digits, "-", ".", "_" and "~" ' +
        'between slashes); the RPCs, the health checks and /openapi.json are served at the root, too; the REST API is not',
      basePath,
      parseBasePath,
    ),
    setting(
      '--default-policy <name|path>',
      'policy that decides whether a new revision becomes the default; latest-semver: if it has the highest ' +
        'version; latest-stable: if it has the highest version that is not a pre-release; latest-pep440: if it has the ' +
        'highest version by the rules of Python packages, such as 0.1.0rc1; manual: never; or the path of a JavaScript ' +
        'or TypeScript module that decides',
      defaultPolicy,
      parseDefaultPolicy,
    ),
    endpointSchemeSetting(),
  ]
}

function accessOptions(): Option[] {
  const { corsOrigin, allowedHost, tlsPath, tlsClientAuth, reflection } = defaults
  return [
    refuseEmpty(
      setting(
        '--auth <path>',
        'YAML file that tells whose tokens the server accepts, and who may do what; without this option, everybody who ' +
          'reaches the server may do everything',
        accessDefaults.auth,
        parsePath,
      ),
    ),
    setting(
      '--cors-origin <origins>',
      'origins whose web pages may call the registry, separated by commas, such as https://app.example.com; "*" ' +
        'in the list: pages of every origin that is not listed may look up and list, but not change anything',
      corsOrigin,
      parseCorsOrigins,
    ),
    setting(
      '--allowed-host <hosts>',
      'hosts that requests may be sent to, separated by commas, such as registry.example.com; the names of the ' +
        'machine itself, such as localhost, always count; "*": every host; without this option, a server on a loopback ' +
        'address serves only the names of the machine itself, and any other server every host',
      allowedHost,
      parseAllowedHosts,
    ),
    setting(
      '--tls-cert <path>',
      'PEM file with the certificate of the server; with --tls-key, the server speaks TLS only',
      tlsPath,
      parsePath,
    ),
    setting('--tls-key <path>', 'PEM file with the private key of --tls-cert', tlsPath, parsePath),
    setting(
      '--tls-client-ca <path>',
      'PEM file with authorities; clients must show a certificate that one of them has signed, except with ' +
        '--tls-client-auth request; needs --tls-cert and --tls-key',
      tlsPath,
      parsePath,
    ),
    setting(
      '--tls-client-auth <require|request>',
      'whether clients must show a certificate of --tls-client-ca; require: they must, which is the default with ' +
        '--tls-client-ca; request: they may connect without one',
      tlsClientAuth,
      parseClientAuth,
    ),
    setting(
      '--reflection <true|false>',
      'whether gRPC clients, such as grpcurl, may read the proto files from the server',
      reflection,
      parseSwitch,
    ),
  ]
}

function callTokenOptions(): Option[] {
  const { publicUrl, signingKeys, callTokens } = callTokensDefaults
  return [
    setting(
      '--public-url <url>',
      'URL by which clients know the registry, such as https://registry.example.com; it is the issuer of the tokens ' +
        'of the server',
      publicUrl,
      parsePublicUrl,
    ),
    setting(
      '--call-tokens <jwt|path>',
      'who makes the tokens to call revisions; jwt: the server, which needs --public-url and --signing-keys; or the ' +
        'path of a JavaScript or TypeScript module that gets them from somebody else; without this option, the server issues no tokens',
      callTokens,
      (text) => text,
    ),
    setting(
      '--signing-keys <directory>',
      'directory of the keys for --call-tokens jwt; on SQLite, a server makes the first key itself; otherwise, use ' +
        'waypost keys rotate',
      signingKeys,
      parsePath,
    ),
  ]
}

function callerLimitOptions(): Option[] {
  const { rateLimit, maxRevisionsPerService, maxServicesPerNamespace } = limitDefaults
  return [
    setting(
      '--rate-limit <rates>',
      'calls that each caller may send per second, such as writes=10,reads=500; it may send as many at once after a ' +
        'pause; a caller is a principal, or an address if it is anonymous; without this option, there is no limit',
      rateLimit,
      parseRateLimit,
    ),
    setting(
      '--max-revisions-per-service <number>',
      'most revisions of a service, from 1 to 1000000; deleted revisions do not count; without this option, there is no ' +
        'limit',
      maxRevisionsPerService,
      parseMaxRevisions,
    ),
    setting(
      '--max-services-per-namespace <number>',
      'most services of a namespace, from 1 to 10000; without this option, there is no limit',
      maxServicesPerNamespace,
      parseMaxServices,
    ),
  ]
}

function operationOptions(): Option[] {
  const { logLevel, logFormat, workers } = defaults
  return [
    setting(
      '--workers <number|auto>',
      'how many processes serve the port, from 1 to 64; auto: one for each core that the server may use',
      workers,
      parseWorkers,
    ),
    limit('--max-request-bytes <bytes>', 'largest request body after decompression, in bytes', 'maxRequestBytes'),
    limit('--max-header-bytes <bytes>', 'largest total size of the headers of a request, in bytes', 'maxHeaderBytes'),
    limit(
      '--idle-timeout <seconds>',
      'how long the server keeps a connection without a request, in seconds (HTTP/1.1: at least 65)',
      'idleTimeout',
    ),
    limit(
      '--max-concurrent-streams <number>',
      'largest number of concurrent requests on one HTTP/2 connection',
      'maxConcurrentStreams',
    ),
    setting(
      '--log-level <level>',
      'lowest level of the messages that are written to standard error: fatal, error, warn, info, debug or trace; ' +
        'silent: none',
      logLevel,
      parseLogLevel,
    ),
    setting(
      '--log-format <format>',
      'form of these messages; json: one JSON object a line; text: for people; auto: text on a terminal, json elsewhere',
      logFormat,
      parseLogFormat,
    ),
  ]
}

function telemetryOptions(): Option[] {
  const { metricsHost, metricsPort, accessLog, otlpEndpoint } = defaults
  return [
    setting(
      '--metrics-port <number>',
      'TCP port on which Prometheus reads /metrics, from 0 to 65535; 0 takes any free port; without this option, ' +
        'there are no metrics',
      metricsPort,
      parseOptionalPort,
    ),
    setting('--metrics-host <address>', 'address or host name to listen on for --metrics-port', metricsHost, parseHost),
    setting(
      '--access-log <true|false>',
      'whether the log has a line at level info for each request',
      accessLog,
      parseSwitch,
    ),
    setting(
      '--otlp-endpoint <url>',
      'URL of a collector to which traces are sent (OTLP over HTTP), such as http://127.0.0.1:4318; without this ' +
        'option, none are sent',
      otlpEndpoint,
      parseOtlpEndpoint,
    ),
  ]
}

function limit(flags: string, help: string, name: keyof typeof limitBounds): Option {
  const bounds = limitBounds[name]
  return setting(flags, `${help}: ${bounds.least} to ${bounds.most}`, defaults[name], (text) =>
    parseWhole(text, bounds),
  )
}
