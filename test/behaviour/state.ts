import type { Fields } from '../support/api.ts'
import type { Subject } from '../support/behaviour.ts'

/** Each revision in full, without the generation of the service, the service itself and its aliases, or null if the service does not exist. */
export async function wholeState({ api, service }: Pick<Subject, 'api' | 'service'>): Promise<Fields | null> {
  const { namespace, name } = service()
  const { services = [] } = await api().call('listServices', { prefix: `${namespace}/${name}` })
  const found = (services as Fields[]).find((each) => each.name === name)
  if (found === undefined) return null
  const { revisions } = await api().call('listRevisions', { namespace, name, view: 'FULL', page_size: 1000 })
  const { aliases } = await api().call('listAliases', { namespace, name })
  return { service: found, revisions: (revisions as Fields[]).map(ofRevision), aliases }
}

// These are facts about the service.
function ofRevision({ generation: _, service_hash: __, ...revision }: Fields): Fields {
  return revision
}

/** The answer to a change without the effect of the change. */
export function withoutEffect(answer: Fields): Fields {
  return JSON.parse(JSON.stringify(answer, (key, value: unknown) => (key === 'effect' ? undefined : value)))
}

/** The current etags: of the `service`, of each revision by its tag, and of each alias by its name. */
export async function etagsOf({ call }: Pick<Subject, 'call'>): Promise<Readonly<Record<string, string>>> {
  const { revisions } = await call('listRevisions', { view: 'FULL', page_size: 1000 })
  const { aliases = [], service_etag } = await call('listAliases')
  return Object.fromEntries([
    ['service', service_etag],
    ...(revisions as Fields[]).map(({ revision_tag, etag }) => [revision_tag, etag]),
    ...(aliases as Fields[]).map(({ alias, etag }) => [alias, etag]),
  ])
}

/** Yanks and deletes a revision. */
export async function remove({ call }: Pick<Subject, 'call'>, revision_tag: string): Promise<void> {
  await call('yank', { revision_tag })
  const { revision } = await call('get', { revision_tag, view: 'FULL' })
  await call('deleteRevision', { revision_tag, etag: (revision as Fields).etag })
}
