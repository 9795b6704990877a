import { expect, test } from 'vitest'
import packageJson from '../../package.json' with { type: 'json' }
import { commandsOf, isShellBlock, listPages, readBlocks } from '../support/documents.ts'

// The package is not published. Once it is, the line of README.md with `npm install` changes, and these tests go.

const commands = listPages()
  .flatMap(readBlocks)
  .filter(isShellBlock)
  .flatMap(commandsOf)
  .filter(({ line }) => /\bnpm (?:i|install|exec)\b|\bnpx\b/.test(line))

test('no page installs or runs waypost from the registry of npm', () => {
  const fromRegistry =
    /\bnpm (?:i|install)\b.*\s(?:waypost|"waypost")(?:@\S+)?(?:\s|$)|\bnpx (?:--yes|-y)\b.*\bwaypost\b/
  expect(commands.length).toBeGreaterThan(3)
  expect(commands.filter(({ line }) => fromRegistry.test(line))).toEqual([])
})

test('every page that installs waypost from a file names the file that npm pack makes', () => {
  const files = commands.flatMap(({ line }) => /waypost-[\w.-]+\.tgz/.exec(line) ?? [])
  expect(files.length).toBeGreaterThan(1)
  expect(new Set(files)).toEqual(new Set([`waypost-${packageJson.version}.tgz`]))
})

test('README.md has the installation in one place', () => {
  const inReadme = commands.filter(({ at, line }) => at.startsWith('README.md') && line.includes('npm install'))
  expect(inReadme).toHaveLength(1)
})

test('a reader of README.md can run its other commands on the registry of the installed package', () => {
  const ofReadme = servicesOfReadme(/my-org\/[a-z-]+/g)
  const [inInstallation, elsewhere] = [ofReadme(true), ofReadme(false)]
  expect([inInstallation.length, elsewhere.length].every((count) => count > 0)).toBe(true)
  expect(elsewhere.filter((service) => inInstallation.includes(service))).toEqual([])
})

/** The services that the commands of README.md name, in the installation or elsewhere. */
function servicesOfReadme(service: RegExp) {
  const blocks = readBlocks('README.md').filter(isShellBlock)
  return (isInstallation: boolean) =>
    blocks
      .filter(({ mark }) => isInstallation === (mark?.reason.includes('installing.slow.test.ts') ?? false))
      .flatMap(commandsOf)
      .flatMap(({ line }) => line.match(service) ?? [])
}
