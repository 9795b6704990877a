/**
 * Reads the export `context` of a module, which lists what the module asks for. Throws an error for people if it is no list
 * of known names.
 */
export function requireContext(
  exported: unknown,
  { noun, names }: { readonly noun: string; readonly names: readonly string[] },
): readonly string[] {
  const known = names.map((name) => JSON.stringify(name)).join(', ')
  if (exported === undefined) return []
  if (!Array.isArray(exported)) throw new TypeError(`the export context of the ${noun} is not an array; use [${known}]`)
  const unknown = exported.findIndex((name) => !names.includes(name))
  if (unknown === -1) return [...exported]
  throw new TypeError(`the export context of the ${noun} has the unknown name ${show(exported[unknown])}; use ${known}`)
}

function show(name: unknown): string {
  return typeof name === 'string' ? JSON.stringify(name.slice(0, 100)) : `of the type ${typeof name}`
}
