import type { Fields } from '../support/api.ts'
import { choosable, type ModelAlias, type ModelRevision, type ModelService, stateOf } from './state.ts'
import { highest, isRelease } from './versions.ts'

/** The placeholder for a text that the model cannot know. */
export const REGISTER_TIME = '(a time)'

/** A revision in an answer. Absent and false values are left out. */
export function viewRevision(
  service: ModelService,
  revision: ModelRevision,
  { view, generation = 0 }: { readonly view?: unknown; readonly generation?: number } = {},
): Fields {
  const { namespace, name } = service
  const { tag, yank, deprecation, info, etag } = revision
  const state = stateOf(revision)
  const full = {
    state,
    register_time: REGISTER_TIME,
    registered_by: 'anonymous',
    etag,
    service_etag: service.etag,
    service_hash: '(a hash)',
    generation: String(generation),
    pub_sub_topic: `octue.services.${namespace}.${name}.${tag.replaceAll('.', '-')}`,
  }
  return {
    ...{ namespace, name, revision_tag: tag, is_default: service.default?.tag === tag },
    ...info,
    ...withoutAbsent({ yank, deprecation }),
    ...(state !== 'ACTIVE' && { state }),
    ...(view === 'FULL' && full),
  }
}

export function viewService(service: ModelService): Fields {
  const { namespace, name, revisions, etag } = service
  const releases = choosable(service).filter(({ tag }) => isRelease(tag))
  return withoutAbsent({
    ...{ namespace, name, default_revision_tag: service.default?.tag },
    highest_version: highest(choosable(service))?.tag,
    highest_release: highest(releases)?.tag,
    ...{ revision_count: revisions.length, etag },
  })
}

export function viewAlias(alias: string, { tag, follows, includePrerelease, etag }: ModelAlias): Fields {
  const include_prerelease = includePrerelease || undefined
  return withoutAbsent({ alias, revision_tag: tag, follows, include_prerelease, etag })
}

export function withoutAbsent(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
