import { describe, expect, test } from 'vitest'
import { readAnchors } from '../../tools/markdown/anchors.ts'
import { findBrokenLinks } from '../../tools/markdown/links.ts'
import { findStyleProblems } from '../../tools/markdown/style.ts'

const files: Record<string, string> = {
  'README.md': '# Waypost\n',
  LICENSE: 'MIT',
  'docs/stores.md': '# Stores\n\n## What is durable?\n',
  'docs/decisions': '',
}
const brokenIn = (text: string) => findBrokenLinks('docs/page.md', text, (path) => files[path])

describe('good links', () => {
  test.for([
    ['a file', '[a](stores.md)'],
    ['a file in another folder', '[a](../LICENSE)'],
    ['a folder', '[a](decisions)'],
    ['a heading of another file', '[a](stores.md#what-is-durable)'],
    ['a URL', '[a](https://example.com/nothing.md)'],
    ['a mail address', '[a](mailto:a@example.com)'],
    ['a broken link in code', '`[a](nothing.md)`\n\n```md\n[a](nothing.md)\n```\n'],
  ])('the link checker accepts %s', ([, text = '']) => {
    expect(brokenIn(text)).toEqual([])
  })
})

describe('broken links', () => {
  test.for([
    [
      'a file that does not exist',
      '\n[a](store.md)',
      'docs/page.md:2: the link to store.md is broken; docs/store.md does not exist.',
    ],
    [
      'a picture that does not exist',
      '![a](a.svg)',
      'docs/page.md:1: the link to a.svg is broken; docs/a.svg does not exist.',
    ],
    [
      'a picture in HTML',
      '<img src="a.svg">',
      'docs/page.md:1: the link to a.svg is broken; docs/a.svg does not exist.',
    ],
    ['a definition', '[a]: store.md', 'docs/page.md:1: the link to store.md is broken; docs/store.md does not exist.'],
    [
      'a link out of the repository',
      '[a](../../README.md)',
      'docs/page.md:1: the link to ../../README.md is broken; ../README.md does not exist.',
    ],
    [
      'a heading that does not exist',
      '[a](stores.md#durable)',
      'docs/page.md:1: the link to stores.md#durable is broken; docs/stores.md has no heading for #durable.',
    ],
  ])('the link checker reports %s', ([, text = '', message]) => {
    expect(brokenIn(text)).toEqual([message])
  })

  test('the link checker reports a link to a missing heading of the same document', () => {
    const read = (path: string) => (path === 'docs/page.md' ? '# A page\n' : undefined)
    expect(findBrokenLinks('docs/page.md', '[a](#a-page) [b](#another-page)', read)).toEqual([
      'docs/page.md:1: the link to #another-page is broken; docs/page.md has no heading for #another-page.',
    ])
  })
})

test('the anchors of headings are those of GitHub', () => {
  const text =
    '# The `--store` option: *one*, two_three & four\n## [Usage](a.md)\n## Usage\n```sh\n# code\n```\n<a id="old"></a>\n'
  expect([...readAnchors(text)]).toEqual(['old', 'the---store-option-one-two_three--four', 'usage', 'usage-1'])
})

test('the linter reports the line and the rule', () => {
  expect(findStyleProblems('docs/page.md', '# A page\n\n### Too deep\n')).toEqual([
    'docs/page.md:3 heading-increment: Heading levels should only increment by one level at a time (Expected: h2; Actual: h3).',
  ])
})

test('the linter accepts long lines and tabs in code', () => {
  const text = `# A page\n\n${'long '.repeat(40)}line.\n\n\`\`\`go\n\tx := 1\n\`\`\`\n`
  expect(findStyleProblems('docs/page.md', text)).toEqual([])
})
