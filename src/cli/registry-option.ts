import { Option } from 'commander'

/** `--registry`, which every command that calls a registry takes. */
export function registryOption(): Option {
  return new Option('--registry <url>', 'where the registry is')
    .env('WAYPOST_REGISTRY')
    .default('http://127.0.0.1:8080')
}

/** `--json`, for scripts. */
export function jsonOption(): Option {
  return new Option('--json', 'print the answer as one line of JSON')
}

/** What the commands that call a registry have in common. */
export interface RegistryCallOptions {
  readonly registry: string
  readonly json?: boolean
}
