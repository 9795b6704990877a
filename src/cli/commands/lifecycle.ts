import { type Command, Option } from 'commander'
import type { ServiceRevision } from '../../client/index.ts'
import { type ChangeFlags, changeCommand, openClient, toChangeOptions } from '../options/registry-option.ts'
import { describeRevision, print, printChange, toJsonLine } from '../output/output.ts'

interface DeprecateFlags extends ChangeFlags {
  readonly message?: string
  readonly replacement?: string
}

interface YankFlags extends ChangeFlags {
  readonly reason?: string
  readonly ifDefault: 'move' | 'clear'
}

/** `waypost deprecate`, `yank`, `restore` and `delete`: the life of a revision. */
export function lifecycleCommands(): Command[] {
  return [deprecateCommand(), yankCommand(), restoreCommand(), deleteCommand()]
}

function deprecateCommand(): Command {
  return revisionCommand('deprecate', 'Tell callers to leave a revision, which stays fit for use.')
    .addOption(new Option('--message <text>', 'what they are told'))
    .addOption(new Option('--replacement <revision_tag>', 'the revision to use instead'))
    .action(async (sruid: string, flags: DeprecateFlags) => {
      const { message, replacement } = flags
      report(await openClient(flags).deprecate(sruid, { message, replacement, ...toChangeOptions(flags) }), flags)
    })
}

function yankCommand(): Command {
  return revisionCommand('yank', 'Have a revision never be chosen again but by its tag.')
    .addOption(new Option('--reason <text>', 'why, for those who still use it'))
    .addOption(
      new Option(
        '--if-default <action>',
        'where it is the default: move that to what the policy chooses next, or clear it',
      )
        .choices(['move', 'clear'])
        .default('move'),
    )
    .action(async (sruid: string, flags: YankFlags) => {
      const ifDefault = flags.ifDefault === 'clear' ? 'CLEAR' : 'MOVE'
      const options = { reason: flags.reason, ifDefault, ...toChangeOptions(flags) } as const
      const { revision, defaultRevisionTag } = await openClient(flags).yank(sruid, options)
      if (flags.json) return print(toJsonLine({ revision, defaultRevisionTag }))
      const where = `  the default is now: ${defaultRevisionTag ?? 'none'}`
      printChange([...describeRevision(revision), where], flags)
    })
}

function restoreCommand(): Command {
  return revisionCommand('restore', 'Make a revision active again. The default stays.').action(
    async (sruid: string, flags: ChangeFlags) => {
      report(await openClient(flags).restore(sruid, toChangeOptions(flags)), flags)
    },
  )
}

function deleteCommand(): Command {
  return revisionCommand(
    'delete',
    'Remove a revision that is yanked and that nothing points to; takes its --etag.',
  ).action(async (sruid: string, flags: ChangeFlags) => {
    const { etag = '', ...options } = toChangeOptions(flags)
    await openClient(flags).deleteRevision(sruid, { etag, ...options })
    print(flags.json ? '{}' : `${sruid}: ${flags.validateOnly ? 'would be deleted' : 'deleted'}`)
  })
}

const examples: Readonly<Record<string, string>> = {
  deprecate: 'deprecate my-org/my-service:1.2.9 --replacement 1.3.0',
  yank: 'yank my-org/my-service:1.2.9 --reason "It loses data."',
  restore: 'restore my-org/my-service:1.2.9',
  delete: 'delete my-org/my-service:1.2.9 --etag 0c5f2b9e-6f0a-4c2e-9a51-4f1d2c3b4a59',
}

function revisionCommand(name: string, description: string): Command {
  return changeCommand(name, description)
    .argument('<sruid>', 'the revision: namespace/name:revision_tag')
    .addHelpText('after', `\nExample:\n  $ waypost ${examples[name]}`)
}

function report(revision: ServiceRevision, flags: ChangeFlags): void {
  if (flags.json) print(toJsonLine(revision))
  else printChange(describeRevision(revision), flags)
}
