import { anonymous } from '../../domain/access/principal.ts'
import { quote } from '../../domain/errors.ts'
import type { DefaultRule } from '../../domain/head.ts'
import { formatSruid } from '../../domain/sruid.ts'
import type { Caller } from '../core/caller.ts'
import type { Chosen, Reason } from './reason.ts'

/** The reason for a default. Only a caller that may see actors learns who has set it, and why. */
export function reasonForDefault(
  { snapshot, revision }: Pick<Chosen, 'snapshot' | 'revision'>,
  { access }: Caller,
): Reason {
  const { defaultRule } = snapshot.head
  return reasonOf(access.seesActors(revision) ? defaultRule : withoutActor(defaultRule), formatSruid(revision))
}

function withoutActor(rule: DefaultRule | null): DefaultRule | null {
  return rule && { ...rule, actor: '', reason: '' }
}

function reasonOf(rule: DefaultRule | null, sruid: string): Reason {
  // Older versions stored the path of a module. Its folder is nobody's business.
  const policy = quote(rule?.policy?.split(/[\\/]/).at(-1) ?? '')
  const because = becauseOf(rule?.reason ?? '')
  const by = byActor(rule?.actor ?? '')
  switch (rule?.by) {
    case 'policy':
      return {
        rule: 'default-by-policy',
        description: `The default policy ${policy} made ${sruid} the default when it was registered${by}.`,
        otherwise: `the default policy ${policy} did not choose it, or the default was changed later`,
      }
    case 'registration':
      return {
        rule: 'default-by-registration',
        description: `The registration of ${sruid}${by} had is_default true.`,
        otherwise: 'the registration of the default had is_default true',
      }
    case 'hand':
      return {
        rule: 'default-by-hand',
        description: `${sruid} was made the default by hand${by}${because}.`,
        otherwise: 'the default was set by hand',
      }
    case 'import':
      return {
        rule: 'default-by-import',
        description: `${sruid} was imported as the default, and the import did not tell why it is the default.`,
        otherwise: 'the import made another revision the default',
      }
    case 'yank':
      return {
        rule: 'default-after-yank',
        description: `The previous default was yanked${by}, and the default policy ${policy} chose ${sruid}.`,
        otherwise: `the default policy ${policy} did not choose it, or it was yanked or not registered then`,
      }
    case 'promotion':
      return {
        rule: 'default-by-promotion',
        description: `${sruid} was a candidate, and the rollout was ended${by} with it as the new default${because}.`,
        otherwise: 'the end of the rollout made another revision the default',
      }
    case 'revert':
      return {
        rule: 'default-by-revert',
        description: `The choices of an earlier generation were restored${by}, and ${sruid} was the default then${because}.`,
        otherwise: 'the default of an earlier generation was restored',
      }
    default:
      return {
        rule: 'default-before-rules',
        description: `${sruid} became the default before the registry recorded reasons.`,
        otherwise: 'the registry did not record the reason',
      }
  }
}

/** Completes a sentence with its actor, unless it is unknown or anonymous. */
export function byActor(actor: string): string {
  return actor === '' || actor === anonymous.name ? '' : ` by ${actor}`
}

/** Completes a sentence with a reason, if one was given. */
export function becauseOf(reason: string): string {
  // The sentence has a full stop of its own.
  return reason === '' ? '' : `: ${reason.replace(/(?<!\.)\.$/, '')}`
}
