import { ApiError, type Fields, type Method } from '../support/api.ts'

/** One call of a history. Each participant has other etags, so a call describes where its etag comes from. */
export interface Call {
  readonly method: Method
  readonly request: Fields
  readonly etag?: EtagOf
}

/** The current or an earlier etag of a thing such as `revision 1.0.0`. */
export interface EtagOf {
  readonly of: string
  readonly which: 'current' | 'last seen' | 'first seen'
}

/** The outcome of a call in a form that is comparable between participants. */
export interface Outcome {
  readonly answer?: Fields
  readonly code?: string | undefined
  readonly reason?: string | undefined
  readonly message?: string
}

/** A participant of a history, which is the model or a registry on a store. */
export interface Participant {
  readonly name: string
  /** Makes a call. A call of a list reads all of its pages. */
  call(call: Call): Promise<Outcome>
  /** Repeats the last call that had a request_id without any change. */
  retry(): Promise<Outcome | undefined>
}

type Send = (method: Method, request: Fields) => Promise<Fields>

/** Makes a participant from a function that makes calls. Rejects only for errors that are not an `ApiError`. */
export function createParticipant(name: string, send: Send): Participant {
  const seen = new Map<string, readonly string[]>()
  let marked: Call | undefined

  const makeCall = async ({ method, request }: Call): Promise<Outcome> => {
    try {
      const answer = await allPages(method, request, send)
      // The etag of a validated change never belongs to anything.
      if (!request.validate_only) for (const [owner, etag] of etagsIn(answer)) see(owner, etag)
      return { answer }
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      return { code: error.code, reason: error.reason, message: error.message }
    }
  }
  const see = (owner: string, etag: string) => seen.set(owner, [...(seen.get(owner) ?? []), etag])
  const findEtag = async ({ of, which }: EtagOf): Promise<string> => {
    if (which === 'current') await makeCall(askingForEtag(of))
    // If no etag was seen, this is an etag that nothing has.
    return seen.get(of)?.at(which === 'first seen' ? 0 : -1) ?? 'none'
  }
  return {
    name,
    call: async ({ method, request, etag }) => {
      const call = { method, request: etag ? { ...request, etag: await findEtag(etag) } : request }
      if (request.request_id !== undefined) marked = call
      return makeCall(call)
    },
    retry: async () => marked && makeCall(marked),
  }
}

async function allPages(method: Method, request: Fields, send: Send): Promise<Fields> {
  const { next_page_token: page_token, ...answer } = await send(method, request)
  if (page_token === undefined) return answer
  const items = method === 'listChanges' ? 'changes' : 'revisions'
  const rest = await allPages(method, { ...request, page_token }, send)
  const all = [...fieldsIn(answer[items] ?? []), ...fieldsIn(rest[items] ?? [])]
  return { ...answer, ...(all.length > 0 && { [items]: all }) }
}

/** The call whose answer contains the etag. */
function askingForEtag(of: string): Call {
  const [kind, revision_tag] = of.split(' ')
  if (kind === 'revision') return { method: 'get', request: { revision_tag, view: 'FULL' } }
  return { method: 'listAliases', request: {} }
}

/** The thing whose etag is in an answer. */
function etagsIn(answer: Fields): [owner: string, etag: string][] {
  const items = [...fieldsIn(answer.revisions), ...fieldsIn(answer.aliases), ...fieldsIn(answer.services)]
  const all = [answer, ...items, ...fieldsIn([answer.revision, answer.alias, answer.service])]
  return all.flatMap((message) => [
    ...(message.service_etag ? [['service', String(message.service_etag)] as [string, string]] : []),
    ...(message.etag ? [[ownerOf(message), String(message.etag)] as [string, string]] : []),
  ])
}

function ownerOf({ alias, revision_tag }: Fields): string {
  if (alias !== undefined) return `alias ${alias}`
  return revision_tag === undefined ? 'service' : `revision ${revision_tag}`
}

function fieldsIn(items: unknown = []): Fields[] {
  return (items as (Fields | undefined)[]).filter((item) => item !== undefined)
}
