import { recordOutput } from './token-search/recorder.ts'

// Every helper that receives an error of a server calls `requireTextForPeople`. So each test of the suite also checks
// that the errors that it provokes are written for people and name nothing of the inside of the server.

/** Words of the inside, each with the reason why no text for people has it. */
const internals: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/(?<![/\w])(?:waypost\.v1|google\.(?:protobuf|rpc|api)|grpc\.[a-z]+\.v1\w*)\.\w/, 'a type of the proto'],
  [/\b\w+(?:Request|Response|Schema)\b(?!\/)/, 'a type of the code'],
  [/\b(?:[A-Z][a-z]+)+(?:Error|Exception)\b/, 'a class of errors'],
  [/\[object |\b(?:Array|Object|Map|Set)\(|\bundefined\b|\bNaN\b/, 'a value as JavaScript prints it'],
  [/\b[a-z]+(?:Max|Ignore|Read|Write)[A-Z]\w*|\b(?:readMaxBytes|writeMaxBytes|maxTimeMS|jsonOptions)\b/, 'an option'],
  [/\b(?:ERR_[A-Z_]+|NGHTTP2_\w+|HPE_\w+|SQLITE_\w+|E[A-Z]{5,})\b(?<!ERROR)/, 'a code of Node or SQLite'],
  [
    /\b(?:bufbuild|connectrpc|protobuf-es|node:|mongodb driver|undici|premature EOF|parse binary|cannot decode message)/,
    'a library',
  ],
  [/^\s+at |\bat [\w.<>]+ \(|node_modules|\.[cm]?[jt]s:\d+/m, 'a frame of a stack'],
  [/(?<![\w.])\/(?:home|root|work|tmp|usr|var|opt)\//, 'the path of a file on the server'],
]

/** The words of the inside that a text has, with their reasons. Values in quotes come from the client. */
export function internalsIn(text: string): string[] {
  const own = text.replaceAll(/"(?:[^"\\]|\\.)*"?/g, '""')
  return internals.flatMap(([pattern, reason]) => {
    const found = pattern.exec(own)?.[0]
    return found === undefined ? [] : [`${JSON.stringify(found)} is ${reason}`]
  })
}

/** Throws if the text of an error is not one for people. */
export function requireTextForPeople(text: string): void {
  recordOutput(text)
  const found = internalsIn(text)
  if (found.length > 0) throw new Error(`the error text is not for people (${found.join('; ')}): ${text}`)
}

/** Throws if a body in JSON is an error whose texts are not for people. Any other body passes. */
export function requireBodyForPeople(body: string): void {
  const json = parse(body)
  const { error, message, errorDetails, fields = [] } = json as Readonly<Record<string, unknown>>
  const inStream = typeof error === 'object' && error !== null ? (error as { message?: unknown }).message : error
  const ofFields = Array.isArray(fields) ? fields.map(({ description }) => description) : []
  for (const text of [inStream, message, errorDetails, ...ofFields])
    if (typeof text === 'string') requireTextForPeople(text)
}

function parse(body: string): object {
  try {
    const json: unknown = JSON.parse(body)
    return typeof json === 'object' && json !== null ? json : {}
  } catch {
    return {}
  }
}
