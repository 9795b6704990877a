import type { JsonObject } from './schema.ts'

type Examples = Readonly<Record<string, JsonObject>>

/**
 * Moves each example that several operations have to the components of the document, because most errors are the same
 * everywhere. The operations then refer to it.
 */
export function shareExamples(document: JsonObject & { readonly components: JsonObject }): JsonObject {
  const counts = new Map<string, number>()
  visit(document.paths, (examples) => {
    for (const text of Object.entries(examples).map(identify)) counts.set(text, (counts.get(text) ?? 0) + 1)
    return examples
  })
  const names = nameShared([...counts].filter(([, count]) => count > 1).map(([text]) => text))
  const paths = visit(document.paths, (examples) => {
    const all = Object.entries(examples).map(([key, example]) => {
      const name = names.get(identify([key, example]))
      return [key, name === undefined ? example : { $ref: `#/components/examples/${name}` }] as const
    })
    return Object.fromEntries(all)
  })
  const examples = Object.fromEntries([...names].map(([text, name]) => [name, JSON.parse(text)[1]]))
  return { ...document, paths, components: { ...document.components, examples } }
}

function identify(entry: readonly [key: string, example: JsonObject]): string {
  return JSON.stringify(entry)
}

// An example has its key as its name. If examples with the same key differ, the others have a number, too.
function nameShared(texts: readonly string[]): ReadonlyMap<string, string> {
  const groups = Map.groupBy(texts, (text) => String(JSON.parse(text)[0]))
  const named = [...groups].flatMap(([key, group]) =>
    group.map((text, at) => [text, at === 0 ? key : `${key}_${at + 1}`] as const),
  )
  return new Map(named)
}

/** Copies a part of the document, with the examples of each answer and request changed. */
function visit(part: unknown, change: (examples: Examples) => Examples): unknown {
  if (Array.isArray(part)) return part.map((each) => visit(each, change))
  if (typeof part !== 'object' || part === null) return part
  const entries = Object.entries(part).map(([key, value]) => [
    key,
    key === 'examples' && !Array.isArray(value) ? change(value) : visit(value, change),
  ])
  return Object.fromEntries(entries)
}
