import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { access, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify, stripVTControlCharacters } from 'node:util'

const POM = fileURLToPath(new URL('pom.xml', import.meta.url))
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/waypost/', import.meta.url))

/** Time for Maven's first run, which also downloads its plugins. */
const FETCH_MS = 180_000

/**
 * Returns the folder of the jars that pom.xml names. Maven fetches them if the folder does not exist. The folder's name
 * contains the hash of pom.xml, so Maven runs again only after a change of that file.
 */
export async function fetchJars(): Promise<string> {
  const digest = createHash('sha256')
    .update(await readFile(POM))
    .digest('hex')
  const folder = `${CACHE}mongo-java-server-${digest.slice(0, 12)}`
  if (!(await exists(folder))) await fill(folder)
  return folder
}

/** A folder with its final name is complete, even if two runs fill it at once or one of them is killed. */
async function fill(folder: string): Promise<void> {
  await mkdir(CACHE, { recursive: true })
  const draft = await mkdtemp(`${folder}-`)
  try {
    await copyDependencies(draft)
    await rename(draft, folder)
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    if (!(await exists(folder))) throw error
  }
}

async function copyDependencies(folder: string): Promise<void> {
  const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${folder}`]
  const options = ['--quiet', '--batch-mode', '--file', POM]
  await promisify(execFile)('mvn', [...options, ...goal], {
    timeout: FETCH_MS,
    // On Windows Maven is a batch file, and only a shell runs those.
    shell: process.platform === 'win32',
  }).catch((error: Error & { stdout?: string }) => {
    // Maven prints errors on its standard output. The first line is enough.
    const complaint = stripVTControlCharacters(error.stdout ?? '').trim()
    throw new Error(complaint.split('\n')[0] || error.message)
  })
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
