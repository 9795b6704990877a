import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type BuiltInPolicyName, builtInPolicies, builtInPolicy, type NamedPolicy } from '../domain/default-policy.ts'
import { PolicyWorkers } from './policy-workers.ts'

/** A policy that is ready to decide. It holds resources until it is closed. */
export interface LoadedPolicy extends NamedPolicy {
  close(): Promise<void>
}

const builtInPolicyNames = Object.keys(builtInPolicies) as BuiltInPolicyName[]

/**
 * Loads a policy: a built-in policy by its name, or the default export of the JavaScript or TypeScript module at a
 * path. Throws if the module does not exist, cannot be loaded, or does not export a function as its default.
 */
export async function loadPolicy(nameOrPath: string): Promise<LoadedPolicy> {
  const builtIn = builtInPolicyNames.find((name) => name === nameOrPath)
  if (builtIn !== undefined) return { ...builtInPolicy(builtIn), close: async () => {} }
  const path = resolve(nameOrPath)
  if (!existsSync(path)) {
    throw new Error(`the file does not exist; use ${builtInPolicyNames.join(', ')}, or the path of a module.`)
  }
  const workers = new PolicyWorkers(pathToFileURL(path).href)
  await workers.start()
  return {
    name: nameOrPath,
    decide: (candidate, context, signal) => workers.decide(candidate, context, signal),
    close: () => workers.close(),
  }
}
