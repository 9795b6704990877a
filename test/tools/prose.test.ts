import { describe, expect, test } from 'vitest'
import { checkProse } from '../../tools/prose/check-prose.ts'
import { rules } from '../../tools/prose/rules.ts'

const rulesOf = (path: string, text: string) => checkProse(path, text).map(({ rule }) => rule)
const BAD = 'Where it rejects, nothing is stored.'

describe('the rules', () => {
  test.for(rules)('the rule $name flags "$bad"', ({ name, bad }) => {
    expect(rulesOf('README.md', bad)).toEqual([name])
  })

  test.for(rules)('the rule $name does not flag "$good"', ({ good }) => {
    expect(rulesOf('README.md', good)).toEqual([])
  })
})

describe('a finding', () => {
  test('a finding has the place and the words of a construction across two lines', () => {
    expect(checkProse('docs/a.md', 'One.\nIt is undefined\nwhere the service has none.\n')).toEqual([
      { rule: 'where-condition', line: 2, column: 7, words: 'undefined where the service has', instead: 'write "if"' },
    ])
  })
})

describe('Markdown', () => {
  test.for([
    ['code', '```\nWhere it rejects.\n```\n'],
    ['code in a sentence', 'The text is `Where it rejects, nothing`.'],
    ['a quotation', 'The error is "Where it rejects, nothing".'],
    ['a heading', '## Where it is stored'],
    ['a question', 'Where is it stored?'],
    ['a link', 'See [it](docs/lest.md) and https://example.com/lest/'],
  ])('%s in Markdown is not flagged', ([, text = '']) => {
    expect(rulesOf('README.md', text)).toEqual([])
  })

  test('the item of a list and the cell of a table are checked as sentences', () => {
    expect(rulesOf('README.md', `- ${BAD}\n\n| a | ${BAD} |\n`)).toEqual(['where-first', 'where-first'])
  })
})

describe('TypeScript', () => {
  test.for([
    ['a comment', `const a = 1 // ${BAD}`],
    ['a comment for a symbol', `/**\n * One.\n *\n * ${BAD}\n */\nconst a = 1`],
    ['the name of a test', `test('${BAD}', () => {})`],
    ['the name of a test of a table', `test.for([1])(\`${BAD}\`, () => {})`],
  ])('%s in TypeScript is flagged', ([, text = '']) => {
    expect(rulesOf('test/a.test.ts', text)).toEqual(['where-first'])
  })

  test.for([
    ['a name', 'const what = where.it'],
    ['an example', '/**\n * One.\n * @example\n * Where it rejects.\n */\nconst a = 1'],
    ['a text outside src/', `const a = '${BAD}'`],
  ])('%s in TypeScript is not flagged', ([, text = '']) => {
    expect(rulesOf('tools/a.ts', text)).toEqual([])
  })

  test('a message of src/ is flagged, with values in it or without', () => {
    const text = `const a = ['${BAD}', \`It is \${null} where the service has none.\`]`
    expect(rulesOf('src/a.ts', text)).toEqual(['where-first'])
    expect(rulesOf('src/a.ts', `${text}; const b = \`\${a} is but for the time.\``)).toEqual(['where-first', 'but-for'])
  })
})

test('only the comments of a proto are flagged', () => {
  const text = `option a = "https://example.com"; // ${BAD}\n\n/* ${BAD} */\noption b = "${BAD}";\n`
  expect(rulesOf('proto/a.proto', text)).toEqual(['where-first', 'where-first'])
})

describe('an allowance', () => {
  test.for([
    ['Markdown', 'README.md', `<!-- prose: allow where-first: a quotation of the law -->\n${BAD}\n`],
    ['TypeScript', 'src/a.ts', `// prose: allow where-first: a quotation of the law\n// ${BAD}\n`],
    ['a proto, apart from the comment', 'a.proto', `// prose: allow where-first: the law\n\n// One.\n// ${BAD}\n`],
  ] as const)('an allowance permits a construction in %s', ([, path, text]) => {
    expect(rulesOf(path, text)).toEqual([])
  })

  test('an allowance ends at an empty line', () => {
    const text = `<!-- prose: allow where-first: the law -->\n${BAD}\n\n${BAD}\n`
    expect(checkProse('README.md', text)).toMatchObject([{ rule: 'where-first', line: 4 }])
  })

  test.for([
    ['that has no reason', `<!-- prose: allow where-first -->\n${BAD}\n`],
    ['that has an empty reason', `<!-- prose: allow where-first: -->\n${BAD}\n`],
    ['that allows nothing', '<!-- prose: allow where-first: the law -->\nIf it rejects, nothing is stored.\n'],
    ['of another rule', `<!-- prose: allow what-clause: the law -->\nIf it rejects, nothing is stored.\n`],
    ['of a rule that does not exist', `<!-- prose: allow nothing: the law -->\nIf it rejects, nothing is stored.\n`],
  ])('an allowance %s is an error', ([, text = '']) => {
    expect(rulesOf('README.md', text)).toContain('allowance')
  })
})
