import { describe, expect, test } from 'vitest'
import { type Block, commandsOf, isShellBlock, listPages, readBlocks } from '../support/documents.ts'
import { commandsIn, shells } from '../support/shell-arguments.ts'
import { hasCommand, skipWithout } from '../support/tools.ts'

// A reader pastes the commands of a page into the shell that is there. Each shell must pass on the same arguments.

const AT_ONCE = 4
const TIMEOUT_MS = 300_000

const missing = shells.filter((shell) => !hasCommand(shell))
const reason = skipWithout(missing.length === 0, `commands in several shells: ${missing.join(' and ')} not installed`)

const isForEveryShell = (block: Block) => isShellBlock(block) && block.mark?.kind !== 'bash only'

/** A shell that does not do as bash does, with its commands and those of bash; undefined: all do the same. */
async function findDifference(line: string): Promise<string | undefined> {
  const [bash = [], ...others] = await Promise.all(shells.map((shell) => commandsIn(shell, line)))
  const at = others.findIndex((commands) => JSON.stringify(commands) !== JSON.stringify(bash))
  if (at === -1) return undefined
  return `${line}\n  bash: ${bash.join(' ')}\n  ${shells[at + 1]}: ${others[at]?.join(' ')}`
}

describe.skipIf(reason)('bash, zsh and fish', () => {
  test.for(listPages())(
    'the shells pass on the same arguments for every command of %s',
    { timeout: TIMEOUT_MS },
    async (page) => {
      const commands = readBlocks(page).filter(isForEveryShell).flatMap(commandsOf)
      const differences: string[] = []
      for (let first = 0; first < commands.length; first += AT_ONCE) {
        const group = commands.slice(first, first + AT_ONCE)
        const found = await Promise.all(group.map(({ line }) => findDifference(line)))
        differences.push(...found.flatMap((text, at) => (text === undefined ? [] : [`${group[at]?.at}: ${text}`])))
      }
      expect(differences).toEqual([])
    },
  )

  test.for([
    ['a question mark', 'curl http://127.0.0.1:8080/services/my-org/my-service?revision_tag=1.2.9'],
    ['a caret', 'waypost get my-org/my-service --range ^1.2'],
    ['an exclamation mark in double quotes', 'waypost get my-org/my-service --selector "tier=web, !canary"'],
    ['an asterisk', 'waypost get my-org/my-service --range 1.*'],
    ['braces', 'curl http://127.0.0.1:8080/{livez,readyz}'],
    ['a comment behind a command', 'waypost serve # runs until it is stopped'],
    ['square brackets', 'curl http://[::1]:8080/livez'],
  ])('the shells do not agree on %s', async ([, line = '']) => {
    expect(await findDifference(line)).toBeDefined()
  })

  test.for([
    [
      "waypost get my-org/my-service --selector 'tier=web, !canary'",
      ['waypost', 'get', 'my-org/my-service', '--selector', 'tier=web, !canary'],
    ],
    ['waypost serve \\\n  --store sqlite:a.db', ['waypost', 'serve', '--store', 'sqlite:a.db']],
  ] as const)('the shells agree on %s', async ([line, words]) => {
    for (const shell of shells) expect(await commandsIn(shell, line)).toEqual([JSON.stringify(words)])
  })
})
