import { type Fields, isFields, show } from './record-fields.ts'

/** The names of a record in messages, such as `pk 3, namespace "my-org"`, as far as they can be read. Empty: not at all. */
export function identify(text: string): string {
  const record = parse(text)
  const within = isFields(record.fields) ? record.fields : record
  const { namespace, name, tag = within.revision_tag } = within
  const known = { pk: record.pk, service: record.service, generation: record.generation, namespace, name, tag }
  const named = Object.entries(known).filter(([, value]) => value !== undefined)
  return named.map(([key, value]) => `${key} ${show(value)}`).join(', ')
}

function parse(text: string): Fields {
  try {
    const value: unknown = JSON.parse(text)
    return isFields(value) ? value : {}
  } catch {
    return {}
  }
}
