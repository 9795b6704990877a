import { type DescField, type DescMessage, type Message, toJsonString } from '@bufbuild/protobuf'
import { inTurns } from '../../turns.ts'

type MessageList = DescField & { readonly fieldKind: 'list'; readonly listKind: 'message' }

const options = { useProtoFieldName: true } as const

/** The field with the messages of a response that is a list. It is the first field. Undefined: the response is no list. */
export function listOf({ fields: [first] }: DescMessage): MessageList | undefined {
  return first?.fieldKind === 'list' && first.listKind === 'message' ? first : undefined
}

/** The JSON of a response that is a list. It makes a few items in each turn of the event loop, because a page may be large. */
export async function encodeList(
  schema: DescMessage,
  response: Message,
  { message, name, localName }: MessageList,
): Promise<Buffer> {
  const items = (response as unknown as Readonly<Record<string, readonly Message[]>>)[localName] ?? []
  const others = toJsonString(schema, { ...response, [localName]: [] }, options)
  if (items.length === 0) return Buffer.from(others)
  const parts = await inTurns(items, (item) => Buffer.from(toJsonString(message, item, options)))
  const separated = parts.flatMap((part, index) => (index === 0 ? [part] : [COMMA, part]))
  const end = others === '{}' ? ']}' : `],${others.slice(1)}`
  return Buffer.concat([Buffer.from(`{${JSON.stringify(name)}:[`), ...separated, Buffer.from(end)])
}

const COMMA = Buffer.from(',')
