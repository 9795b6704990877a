import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type OnTerminal, runOnTerminal } from '../../support/terminal.ts'
import { findPythonWith, skipWithout } from '../../support/tools.ts'

const python = findPythonWith('pty') ?? ''
const CTRL_C = '\x03'
const COLOR = '\x1b['

let folder = ''
let stores = 0
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waypost-terminal-'))
  await writeFile(join(folder, 'policy.mjs'), 'export default () => { throw new Error("\\x1b[2J".repeat(300)) }')
})
afterAll(() => rm(folder, { recursive: true }))

async function serve(args: readonly string[] = [], env: Record<string, string> = {}) {
  const store = `sqlite:${join(folder, `${++stores}.db`)}`
  const terminal = runOnTerminal(python, ['serve', '--port', '0', '--store', store, ...args], env)
  onTestFinished(() => terminal.end())
  await terminal.shows('waypost listening on http://127.0.0.1:')
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(terminal.screen())?.[0] ?? ''
  return { terminal, store, url }
}

const lines = ({ screen }: OnTerminal) => stripVTControlCharacters(screen()).split('\r\n')
const hasPython = skipWithout(python !== '', 'there is no Python with the module pty for the tests on a terminal')

describe.skipIf(hasPython !== undefined)('a server on a terminal', () => {
  test('a server on a terminal shows a banner with its address, its store, its policy and who may change it', async () => {
    const { terminal, store, url } = await serve()
    await terminal.shows('Ctrl-C')
    expect(lines(terminal)).toEqual([
      `waypost listening on ${url}`,
      `  store           ${store}`,
      '  default policy  latest-semver',
      '  may change      every program on this machine',
      '  Ctrl-C stops the server.',
      '',
    ])
    expect(terminal.screen()).toContain(COLOR)
  })

  test('Ctrl-C on a terminal stops the server with a readable line and exit code 0', async () => {
    const { terminal } = await serve()
    await terminal.shows('Ctrl-C')
    terminal.press(CTRL_C)
    expect(await terminal.exitCode).toBe(0)
    expect(lines(terminal).slice(5)).toEqual([
      expect.stringMatching(/^\^C\d\d:\d\d:\d\d INFO {2}stopping signal=SIGINT$/),
      '',
    ])
  })

  test('a terminal shows no colors with NO_COLOR', async () => {
    const { terminal } = await serve([], { NO_COLOR: '1' })
    terminal.press(CTRL_C)
    await terminal.exitCode
    expect(terminal.screen()).toMatch(/INFO {2}stopping/)
    expect(terminal.screen()).not.toContain(COLOR)
  })

  test('--log-format json gives JSON on a terminal, too', async () => {
    const { terminal } = await serve(['--log-format', 'json'])
    terminal.press(CTRL_C)
    await terminal.exitCode
    expect(lines(terminal).at(-2)).toMatch(/\{"level":30,.*"signal":"SIGINT","msg":"stopping"\}$/)
  })

  test('a server whose terminal is closed stops gracefully', async () => {
    const { terminal, url } = await serve()
    terminal.close()
    expect(await terminal.exitCode).toBe(0)
    await expect(fetch(url)).rejects.toThrow()
  })

  test('a terminal that nobody reads does not stop the server, and its text can do nothing to the terminal', async () => {
    const { terminal, url } = await serve(['--default-policy', join(folder, 'policy.mjs')])
    await terminal.shows('Ctrl-C')
    const fail = () => fetch(`${url}/services/my-org/x`, { method: 'POST', body: '{"revision_tag":"1.0.0"}' })
    expect((await fail()).status).toBe(500)
    await terminal.shows('a call failed')
    expect(terminal.screen()).not.toContain(`${COLOR}2J`)
    terminal.pause()
    // About half a megabyte of stacks: a pipe and a terminal take much less.
    for (let count = 0; count < 100; count++) expect((await fail()).status).toBe(500)
  })
})
