import type { Command } from 'commander'

/**
 * Every command by its name, in the order of the help. A command is loaded only if it runs or if the help lists it, so
 * that none of them slows down the others.
 */
export const commands: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import('./commands/serve.ts')).serveCommand(),
  register: async () => (await import('./commands/register.ts')).registerCommand(),
  get: async () => (await import('./commands/get.ts')).getCommand(),
  update: async () => (await import('./commands/update.ts')).updateCommand(),
  default: async () => (await import('./commands/default/default.ts')).defaultCommand(),
  alias: async () => (await import('./commands/alias/alias.ts')).aliasCommand(),
  deprecate: async () => (await import('./commands/deprecate.ts')).deprecateCommand(),
  undeprecate: async () => (await import('./commands/undeprecate.ts')).undeprecateCommand(),
  yank: async () => (await import('./commands/yank.ts')).yankCommand(),
  unyank: async () => (await import('./commands/unyank.ts')).unyankCommand(),
  delete: async () => (await import('./commands/delete.ts')).deleteCommand(),
  rollout: async () => (await import('./commands/rollout/rollout.ts')).rolloutCommand(),
  log: async () => (await import('./commands/history/log.ts')).logCommand(),
  diff: async () => (await import('./commands/history/diff.ts')).diffCommand(),
  revert: async () => (await import('./commands/history/revert.ts')).revertCommand(),
  namespaces: async () => (await import('./commands/namespaces.ts')).namespacesCommand(),
  services: async () => (await import('./commands/services.ts')).servicesCommand(),
  revisions: async () => (await import('./commands/revisions.ts')).revisionsCommand(),
  whoami: async () => (await import('./commands/whoami.ts')).whoamiCommand(),
  token: async () => (await import('./commands/token.ts')).tokenCommand(),
  config: async () => (await import('./commands/config/config.ts')).configCommand(),
  policy: async () => (await import('./commands/policy/policy.ts')).policyCommand(),
  auth: async () => (await import('./commands/auth/auth.ts')).authCommand(),
  import: async () => (await import('./commands/import.ts')).importCommand(),
  export: async () => (await import('./commands/export.ts')).exportCommand(),
  verify: async () => (await import('./commands/verify.ts')).verifyCommand(),
  keys: async () => (await import('./commands/keys/keys.ts')).keysCommand(),
  redact: async () => (await import('./commands/redact.ts')).redactCommand(),
  upgrade: async () => (await import('./commands/upgrade.ts')).upgradeCommand(),
}

/**
 * The commands that open a store, run a server, or work with its access file or its keys. They need far more code than the
 * others, which the package also has as one bundle that starts fast.
 */
export const storeCommands: readonly string[] = [
  ...['serve', 'auth', 'keys', 'import', 'export', 'verify', 'redact', 'upgrade'],
]
