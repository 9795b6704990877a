import { ApiError, type Fields } from '../support/api.ts'
import type { Subject } from '../support/behaviour.ts'
import { wholeState } from './state.ts'

/** The views of a service for tests that change it. */
export interface Looking {
  /** The revision that Get answers. */
  revision(request?: Fields): Promise<Fields>
  /** The tag that Get answers, or undefined if Get finds nothing. */
  tag(request?: Fields): Promise<unknown>
  /** The etag of a revision. */
  etag(revisionTag: string): Promise<unknown>
  /** The etag of the service. */
  serviceEtag(): Promise<unknown>
  /** Each alias with the tag that it points to, or with undefined if it points to nothing. */
  aliases(): Promise<Readonly<Record<string, unknown>>>
  /** One alias in the form that ListAliases answers. */
  alias(name: string): Promise<Fields | undefined>
  /** Tags in the order of ListRevisions. */
  tags(request?: Fields): Promise<readonly unknown[]>
  /** The service in the form that ListServices answers, or undefined if it does not exist. */
  listed(): Promise<unknown>
  /** Everything that the API shows of the service, or null if it does not exist. */
  everything(): Promise<Fields | null>
}

/** Ways to look at the service of a test. */
export function looking(subject: Subject): Looking {
  const { call } = subject
  const revision = async (request: Fields = {}) => (await call('get', request)).revision as Fields
  const list = async (request: Fields = {}) =>
    ((await call('listRevisions', request)).revisions ?? []) as readonly Fields[]
  const listAliases = async () => ((await call('listAliases')).aliases ?? []) as readonly Fields[]
  return {
    revision,
    tag: async (request) => (await orNothing(revision(request)))?.revision_tag,
    etag: async (revisionTag) => (await revision({ revision_tag: revisionTag, view: 'FULL' })).etag,
    serviceEtag: async () => (await call('listAliases')).service_etag,
    aliases: async () =>
      Object.fromEntries((await listAliases()).map(({ alias, revision_tag }) => [alias, revision_tag])),
    alias: async (name) => (await listAliases()).find(({ alias }) => alias === name),
    tags: async (request) => (await list(request)).map(({ revision_tag }) => revision_tag),
    listed: async () => (await wholeState(subject))?.service,
    everything: () => wholeState(subject),
  }
}

async function orNothing<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call
  } catch (error) {
    if (error instanceof ApiError && (error.status === 404 || error.code === 'not_found')) return undefined
    throw error
  }
}
