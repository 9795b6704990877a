import { type Command, Option } from 'commander'
import type { ChangeEvent, ListChangesOptions } from '../../../client/index.ts'
import { type ListCommandFlags, listCommand } from '../../options/list-options.ts'
import { parseTime } from '../../options/point-option.ts'
import { openClient, serviceHelp } from '../../options/registry-option.ts'
import { describeChange } from '../../output/describe-change.ts'
import { print, toJsonLine } from '../../output/output.ts'

interface LogFlags extends ListCommandFlags {
  readonly revision?: string
  readonly alias?: string
  readonly event?: string
  readonly by?: string
  readonly since?: string
  readonly until?: string
}

const events: Readonly<Record<string, ChangeEvent>> = {
  'revision-registered': 'REVISION_REGISTERED',
  'revision-updated': 'REVISION_UPDATED',
  'revision-deprecated': 'REVISION_DEPRECATED',
  'revision-undeprecated': 'REVISION_UNDEPRECATED',
  'revision-yanked': 'REVISION_YANKED',
  'revision-unyanked': 'REVISION_UNYANKED',
  'revision-restored': 'REVISION_RESTORED',
  'revision-deleted': 'REVISION_DELETED',
  'default-set': 'DEFAULT_SET',
  'default-cleared': 'DEFAULT_CLEARED',
  'alias-set': 'ALIAS_SET',
  'alias-deleted': 'ALIAS_DELETED',
  'rollout-set': 'ROLLOUT_SET',
  'rollout-ended': 'ROLLOUT_ENDED',
  'choices-reverted': 'CHOICES_REVERTED',
}

/** `waypost log`: lists the changes of a service. */
export function logCommand(): Command {
  return listCommand('log', 'List the changes of a service, the newest first: who changed what, when and why.')
    .argument('<service>', serviceHelp)
    .addOption(new Option('--revision <revision_tag>', 'list only changes of the revision with this tag'))
    .addOption(new Option('--alias <alias>', 'list only changes that set, moved or deleted this alias'))
    .addOption(new Option('--event <event>', 'list only changes of this kind').choices(Object.keys(events)))
    .addOption(new Option('--by <name>', 'list only changes by the caller with exactly this name'))
    .addOption(
      new Option('--since <time>', 'list only changes after this time, such as 2026-11-24T12:00:00Z').argParser(
        parseTime,
      ),
    )
    .addOption(
      new Option('--until <time>', 'list only changes before this time, such as 2026-11-24T12:00:00Z').argParser(
        parseTime,
      ),
    )
    .addHelpText('after', '\nExample:\n  $ waypost log my-org/my-service --event default-set --limit 10')
    .action(async (service: string, flags: LogFlags) => {
      let left = flags.limit ?? Number.POSITIVE_INFINITY
      for await (const change of openClient(flags).history.list(service, toFilters(flags))) {
        print(...(flags.json ? [toJsonLine(change)] : describeChange(change)))
        if (--left === 0) break
      }
    })
}

function toFilters({ revision, alias, event, by, since, until, limit = 100 }: LogFlags): ListChangesOptions {
  return {
    ...{ revisionTag: revision, alias, actor: by, afterTime: since, beforeTime: until },
    event: event === undefined ? undefined : events[event],
    pageSize: Math.min(limit, 100),
  }
}
