import { existsSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import {
  AsksForOtherFacts,
  type BuiltInPolicyName,
  builtInPolicies,
  builtInPolicy,
  type ExtraFact,
  extraFacts,
  type NamedPolicy,
  type PolicyContext,
} from '../domain/policies/default-policy.ts'
import type { ModuleKind } from '../modules/module-kind.ts'
import { ModuleRunner } from '../modules/module-runner.ts'
import type { Logger } from '../telemetry/logger.ts'

/** A policy that is ready to decide. It holds resources until it is closed. */
export interface LoadedPolicy extends NamedPolicy {
  /** Reads the module again. Rejects if the new one cannot be used: the old one goes on. Undefined for a built-in policy. */
  readonly reload?: () => Promise<void>
  close(): void
}

const kind: ModuleKind = {
  noun: 'policy module',
  question: 'decision',
  field: 'policy',
  answer: 'boolean',
  contextNames: extraFacts,
}

const builtInPolicyNames = Object.keys(builtInPolicies) as BuiltInPolicyName[]

/**
 * Loads a policy: a built-in policy by its name, or the default export of the JavaScript or TypeScript module at a
 * path. The name of a module is that of its file, without its folder, because callers see it. Throws if the module does
 * not exist, cannot be loaded, does not export a function as its default, or asks for unknown facts. `sharers`: how many processes of one server
 * load the policy. They share the memory that it may use.
 */
export async function loadPolicy(nameOrPath: string, log: Logger, sharers = 1): Promise<LoadedPolicy> {
  const builtIn = builtInPolicyNames.find((name) => name === nameOrPath)
  if (builtIn !== undefined) return { ...builtInPolicy(builtIn), close: () => {} }
  const path = resolve(nameOrPath)
  if (!existsSync(path)) {
    throw new Error(`the file does not exist; use ${builtInPolicyNames.join(', ')}, or the path of a module.`)
  }
  const module = new ModuleRunner({ path, kind, log, sharers })
  await module.start()
  return {
    name: basename(path),
    get context() {
      return module.context.filter(isExtraFact)
    },
    decide: async (candidate, context, signal) => {
      // The use case checks that it is a boolean.
      return (await module.ask((asked) => [candidate, factsFor(asked, context)], signal)) as boolean
    },
    reload: () => module.reload(),
    close: () => module.close(),
  }
}

function isExtraFact(name: string): name is ExtraFact {
  return extraFacts.some((fact) => fact === name)
}

// The module may have been loaded again since the facts were read.
function factsFor(asked: readonly string[], { recentTags, ...facts }: PolicyContext): PolicyContext {
  if (!asked.includes('recentTags')) return facts
  if (recentTags === undefined) throw new AsksForOtherFacts()
  return { ...facts, recentTags }
}
