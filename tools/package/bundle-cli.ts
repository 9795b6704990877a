import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Plugin, rolldown } from 'rolldown'
import { storeCommands } from '../../src/cli/commands.ts'
import { root } from '../proto/read-comments.ts'
import { licensesOf } from './licenses.ts'
import { stripDescriptors } from './strip-descriptors.ts'

// `npm run build`: bundles the commands that call a registry into dist/cli/, with the licenses of the packages in them. One
// file is read and compiled much faster than two hundred.

const target = join(root, 'dist/cli')

const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const oldest = Number(/^>=(\d+)$/.exec(engines.node)?.[1])
if (Number.isNaN(oldest)) throw new Error(`package.json: engines.node is ${engines.node}; write >= and a whole number.`)

/**
 * The program of the package. Node keeps the compiled code of the bundle in a folder of the user: nobody else can write
 * code into it. The other commands run from the files that are not bundled, because they start threads from these files.
 * npm installs the package for every version of Node, so an older Node gets a readable line from code that it can run.
 */
const program = `#!/usr/bin/env node
'use strict'
const { node } = process.versions
if (parseInt(node, 10) < ${oldest}) {
  console.error('waypost: Node ' + node + ' is too old; use Node ${oldest} or newer.')
  process.exit(2)
}
const { join } = require('node:path')
const { enableCompileCache } = require('node:module')
if (${JSON.stringify(storeCommands)}.includes(process.argv[2])) import('../src/cli/main.js')
else {
  const { XDG_CACHE_HOME, HOME } = process.env
  const folder = XDG_CACHE_HOME || (HOME && join(HOME, '.cache'))
  if (folder) enableCompileCache(join(folder, 'waypost'))
  require('./main.cjs')
}
`

/** Commander loads this module for programs that are made of several files. Waypost is not, and the module is slow. */
const withoutProcesses: Plugin = {
  name: 'without-processes',
  resolveId: (id) => (id === 'node:child_process' ? `\0${id}` : null),
  load: (id) => (id === '\0node:child_process' ? 'export default {}' : null),
}

/** A backtest starts the process of a policy module from its file. So it is loaded from the files that are not bundled. */
const backtestFromItsFile: Plugin = {
  name: 'backtest-from-its-file',
  resolveId: (id) =>
    id.endsWith('/policy/backtest/backtest.js')
      ? { id: '../src/policy/backtest/backtest.js', external: 'relative' }
      : null,
}

/** The version is known here, so the program need not read it. */
const withoutVersionFile: Plugin = {
  name: 'without-version-file',
  load: (id) => {
    if (!id.endsWith('/package-version.js')) return null
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    return `export const packageVersion = () => ${JSON.stringify(version)}`
  },
}

const build = await rolldown({
  input: { main: join(root, 'dist/src/cli/main.js') },
  platform: 'node',
  external: [/compose\.js$/, /serving\/serve\.js$/, /auth\/file\/[\w-]+\.js$/, /keys\/key-directory\.js$/, 'yaml'],
  plugins: [backtestFromItsFile, withoutProcesses, withoutVersionFile, stripDescriptors],
})
const { output } = await build.write({
  dir: target,
  format: 'cjs',
  minify: true,
  entryFileNames: '[name].cjs',
  // Each part of the file still runs only if it is needed.
  codeSplitting: false,
})
await build.close()
writeFileSync(join(target, 'waypost.cjs'), program, { mode: 0o755 })
writeFileSync(join(target, 'LICENSES.txt'), licensesOf(output))
