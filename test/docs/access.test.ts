import { describe, expect, test } from 'vitest'
import { parseAccessFile } from '../../src/auth/file/access-file.ts'
import { accessFileSchema, keysAt } from '../../src/auth/file/schema.ts'
import { findWarnings } from '../../src/auth/file/warnings.ts'
import { permissions } from '../../src/domain/access/permission.ts'
import { readBlocks, readPage } from '../support/documents.ts'

const page = readPage('docs/access.md')
const examples = readBlocks('docs/access.md').filter(({ language }) => language === 'yaml')

describe('docs/access.md', () => {
  test('docs/access.md has an example for each issuer', () => {
    expect(examples.length).toBeGreaterThanOrEqual(5)
  })

  test.for(examples)('the access file at $at has neither a problem nor a warning', ({ text }) => {
    expect(findWarnings(parseAccessFile(text, { path: 'access.yaml' }))).toEqual([])
  })

  test.for(examples)('the access file at $at does not match the sub of GitHub', ({ text }) => {
    expect(text).not.toMatch(/\bsub:/)
  })

  test('docs/access.md has a row for every key of an access file', () => {
    const lists = ['issuers', 'tokens', 'grants', 'call_audiences']
    const ofLists = lists.flatMap((list) => keysAt([list]).map((key) => `${list}[].${key}`))
    const rows = [...page.matchAll(/^\| `([a-z0-9_.[\]]+)` \| .* \| .* \|$/gm)].map(([, key]) => key)
    expect(rows.toSorted()).toEqual([...Object.keys(accessFileSchema.shape), ...ofLists].toSorted())
  })

  test('docs/access.md has a row for every permission', () => {
    for (const permission of permissions) expect(page).toContain(`| \`${permission}\` | `)
  })
})
