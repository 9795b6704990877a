import { Option } from 'commander'
import { ConfigError } from '../../../config/config-error.ts'
import { parsePath } from '../../../config/values.ts'
import { setting } from '../setting.ts'
import { UsageError } from '../usage-error.ts'
import { parseAudience, parseTimeout, parseToken, parseTokenSource } from './values.ts'

const caHelp =
  'PEM file with the certificates of the authorities that may sign the certificate of the registry, or with this ' +
  'certificate itself; for https only'

/** The options that say which registry a command calls, and how. A profile can give each of them except `--token`. */
export function callingOptions(): Option[] {
  return [
    new Option('--registry <url>', 'URL of the registry, http or https, with its base path if it has one')
      .env('WAYPOST_REGISTRY')
      .default('http://127.0.0.1:8080'),
    tokenOption(),
    setting(
      '--token-from <source>',
      'where to get the token: github (in a job of GitHub Actions), google (on Google Cloud) or file:PATH; not with --token',
      '',
      parseTokenSource,
    ),
    setting(
      '--audience <audience>',
      'audience of the token of --token-from github or google',
      '',
      parseAudience,
    ).default('', 'the URL of the registry with /services'),
    setting('--ca <file>', caHelp, '', parsePath).default('', 'the authorities of Node'),
    setting(
      '--cert <file>',
      'PEM file with the client certificate to show; needs --key; for https only',
      '',
      parsePath,
    ),
    setting('--key <file>', 'PEM file with the unencrypted private key of --cert', '', parsePath),
    setting('--timeout <seconds>', 'how long a call may take, in seconds: 0.001 to 86400', '5', parseTimeout),
  ]
}

/** The options that choose a profile of the configuration file. */
export function profileOptions(): Option[] {
  return [
    new Option('--profile <name>', 'profile of the configuration file to use (see waypost config)').env(
      'WAYPOST_PROFILE',
    ),
    configOption(),
  ]
}

/** `--config`. An empty variable means that there is no configuration file. */
export function configOption(): Option {
  return new Option('--config <file>', 'configuration file; default: waypost/config.yaml below ~/.config')
    .env('WAYPOST_CONFIG')
    .argParser(parsePath)
}

function tokenOption(): Option {
  return new Option(
    '--token <token>',
    'token to send. Other users of this machine can see the arguments of a command, so prefer the variable or ' +
      '--token-from',
  )
    .env('WAYPOST_TOKEN')
    .argParser((text) => {
      try {
        return parseToken(text)
      } catch (error) {
        throw error instanceof ConfigError
          ? new UsageError(`--token (WAYPOST_TOKEN): ${error.message}`, '--token')
          : error
      }
    })
}
