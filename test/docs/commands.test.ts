import { describe, type ExpectStatic, expect, test } from 'vitest'
import { DocumentedSession, withoutMoment } from '../support/documented-session.ts'
import {
  type Block,
  commandsOf,
  countMarks,
  isShellBlock,
  listPages,
  parseBlocks,
  readBlocks,
  readPage,
} from '../support/documents.ts'
import { hasCommand, skipWithout } from '../support/tools.ts'

// The commands of a page are run in their order, in an empty folder with a server.

/** test/interop/documented-clients.test.ts runs its commands, with the tools of each language. */
const OTHERS = 'docs/clients.md'
const TIMEOUT_MS = 300_000

const otherLanguages = ['dockerfile', 'go', 'html', 'ini', 'java', 'js', 'json', 'mermaid', 'nginx', 'proto', 'python']
otherLanguages.push('text', 'ts', 'xml', 'yaml')

const missing = ['curl', 'openssl', 'python3', 'sqlite3'].filter(
  (name) => !hasCommand(name, name === 'openssl' ? 'version' : '--version'),
)
const reason = skipWithout(
  missing.length === 0,
  `the commands of the documents: ${missing.join(' and ')} not installed`,
)

const pages = listPages()
const isRun = (block: Block) => isShellBlock(block) && block.mark?.kind !== 'not run'

// All differences of a page are shown at once.
async function runAll(session: DocumentedSession, block: Block, expect: ExpectStatic): Promise<void> {
  for (const command of commandsOf(block)) {
    const ran = await session.run(command)
    const name = `${command.at}: ${command.line}`
    if (command.output === undefined) expect.soft({ ...ran, name }).toEqual({ ...ran, name, exitCode: 0 })
    else expect.soft(withoutMoment(ran.output), name).toBe(withoutMoment(command.output))
  }
}

describe.skipIf(reason)('the commands of the documents', { concurrent: true, timeout: TIMEOUT_MS }, () => {
  const pagesWithCommands = pages.filter((page) => page !== OTHERS && readBlocks(page).some(isRun))
  test.for(pagesWithCommands)('every command of %s runs and prints the output below it', async (page, { expect }) => {
    const session = await DocumentedSession.open()
    try {
      for (const block of readBlocks(page)) {
        if (block.file !== undefined) await session.write(block.file, block.text)
        else if (isRun(block)) await runAll(session, block, expect)
      }
    } finally {
      await session.close()
    }
  })
})

test.for(pages)('every block of %s has a language, which tells commands from other text', (page) => {
  const unknown = readBlocks(page).filter((block) => !isShellBlock(block) && !otherLanguages.includes(block.language))
  expect(unknown.map(({ at, language }) => `${at}: ${language || 'no language'}`)).toEqual([])
})

test.for(pages)('every shell block of %s has a command', (page) => {
  const empty = readBlocks(page).filter((block) => isShellBlock(block) && commandsOf(block).length === 0)
  expect(empty.map(({ at }) => at)).toEqual([])
})

test.for(pages)('every mark of %s has a reason, and a shell block below it', (page) => {
  const marked = readBlocks(page).filter(({ mark }) => mark !== undefined)
  expect(marked.filter((block) => !isShellBlock(block) || block.mark?.reason === '').map(({ at }) => at)).toEqual([])
  expect(marked).toHaveLength(countMarks(readPage(page)))
})

test('marks, files, prompts, continued lines and outputs are found in a page', () => {
  const page = ['<!-- not run: it needs systemd -->', '', '```sh', 'a \\', '  b', 'c', '```', '', '<!-- not run -->']
  page.push('```console', '$ d', 'out', '$ e \\', '  f', '```', '`g.txt`:', '', '  ```text', '  h', '  ```', '')
  const [first, second, third] = parseBlocks(page.join('\n'), 'page.md')
  expect(first).toMatchObject({ at: 'page.md:3', mark: { kind: 'not run', reason: 'it needs systemd' } })
  expect(second).toMatchObject({ mark: { kind: 'not run', reason: '' } })
  expect(third).toMatchObject({ language: 'text', text: 'h\n', file: 'g.txt', mark: undefined })
  expect(first && commandsOf(first).map(({ line }) => line)).toEqual(['a \\\n  b', 'c'])
  expect(second && commandsOf(second)).toMatchObject([
    { line: 'd', output: 'out\n' },
    { line: 'e \\\n  f', output: '' },
  ])
})
