import { expect, test } from 'vitest'
import { type AccessFile, parseAccessFile } from '../../src/auth/file/access-file.ts'
import { GITHUB } from '../../src/auth/file/identifying-claims.ts'
import { type Block, listPages, readBlocks } from '../support/documents.ts'

// A reader copies the access files of the pages.

const isAccessFile = ({ language, text }: Block) => language === 'yaml' && /^grants:$/m.test(text)
const files = [...listPages(), 'action/README.md'].flatMap(readBlocks).filter(isAccessFile)

const parse = ({ text }: Block): AccessFile => parseAccessFile(text, { path: 'access.yaml' })

test('the pages have access files', () => {
  const pages = new Set(files.map(({ at }) => at.replace(/:.*/, '')))
  for (const page of ['README.md', 'docs/pipelines.md', 'docs/security.md', 'docs/moving-in.md']) {
    expect(pages).toContain(page)
  }
})

test.for(files.map((file) => [file.at, file] as const))('the access file at %s can be used', ([, file]) => {
  expect(() => parse(file)).not.toThrow()
})

test('no access file of the pages compares the sub of GitHub, because its format changes', () => {
  const claims = files.flatMap(({ at, text }) => {
    const grants = parse({ at, text } as Block).grants.map(({ to }) => to)
    return grants.flatMap((to) =>
      to.kind === 'oidc' && to.issuer === GITHUB ? to.claims.map(({ path }) => path[0]) : [],
    )
  })
  expect(claims).toContain('repository_owner_id')
  expect(claims).not.toContain('sub')
})
