import { readFileSync } from 'node:fs'

/** The version of this package, from its `package.json`; `unknown` if the file is missing. */
export function packageVersion(): string {
  // The file is one level further up from the compiled program than from the source.
  const places = [new URL('../package.json', import.meta.url), new URL('../../package.json', import.meta.url)]
  const text = places.map(tryRead).find((found) => found !== undefined)
  return (JSON.parse(text ?? '{"version":"unknown"}') as { readonly version: string }).version
}

function tryRead(url: URL): string | undefined {
  try {
    return readFileSync(url, 'utf8')
  } catch {
    return undefined
  }
}
