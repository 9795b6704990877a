import { link, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { inOrder, publishedAt, type RotationTimes, rotationTimes } from './key-schedule.ts'
import { generateKeyFile, type KeyFile, parseKeyFile, type SigningKey } from './signing-key.ts'

/** The only name that the first key may have, so that two servers cannot both make it. */
const FIRST = 'first.json'

/** The rights of others than the owner that make a private key unsafe: all of everybody's, and writing by the group. */
const UNSAFE_MODE = 0o027

/** A key, and the path of its file. */
export interface StoredKey extends SigningKey {
  readonly path: string
}

/**
 * Reads all keys of a directory, in their order. Rejects with an error for people that names the file or the directory if
 * one of them cannot be used. Hidden files, whose names begin with a dot, and directories are no keys.
 */
export async function readKeys(directory: string): Promise<readonly StoredKey[]> {
  const paths = await keyFilesOf(directory)
  const keys = await Promise.all(paths.map(readKey))
  return inOrder(keys.filter((key) => key !== undefined)) as readonly StoredKey[]
}

/** Describes the files of a directory. The text changes whenever one of them does. */
export async function fingerprintOf(directory: string): Promise<string> {
  const paths = await keyFilesOf(directory)
  const facts = await Promise.all(paths.map(factsOf))
  return JSON.stringify(facts.sort())
}

// A rotation may remove a file at any time.
async function factsOf(path: string): Promise<readonly unknown[]> {
  try {
    const { mtimeMs, ctimeMs, size, ino } = await stat(path)
    return [path, mtimeMs, ctimeMs, size, ino]
  } catch (error) {
    unless('ENOENT')(error as NodeJS.ErrnoException)
    return [path]
  }
}

/**
 * Adds the first key to a directory, due at once. Creates the directory, but not those around it. Of several processes
 * that do so at the same time, one makes the key. The file is complete before it has its name.
 */
export async function makeFirstKey(directory: string, now: number): Promise<void> {
  await createDirectory(directory)
  const draft = await writeDraft(directory, generateKeyFile(now))
  // A link, and not a new name: it fails if the name is taken.
  await link(draft, join(directory, FIRST))
    .catch(unless('EEXIST'))
    .finally(() => rm(draft))
}

/** The outcome of a rotation. */
export interface Rotated {
  /** The new key. */
  readonly added: StoredKey
  /** The files that were removed, because nothing is signed with their keys, and no token of them is valid. */
  readonly removed: readonly string[]
}

/**
 * Adds a key, and removes the keys that are no longer published. The first key of a directory is due at once. Creates the
 * directory, but not those around it.
 */
export async function rotateKeys(
  directory: string,
  now: number,
  times: RotationTimes = rotationTimes,
): Promise<Rotated> {
  const before = await readKeys(directory).catch(noneIfMissing)
  await createDirectory(directory)
  const added = await addKey(directory, before.length === 0 ? now : now + times.untilDueMs)
  const published = new Set(publishedAt(inOrder([...before, added]) as readonly StoredKey[], now, times))
  const removed = before.filter((key) => !published.has(key)).map(({ path }) => path)
  await Promise.all(removed.map((path) => rm(path, { force: true })))
  return { added, removed }
}

// Not those around it, so that a mistyped path is noticed.
async function createDirectory(directory: string): Promise<void> {
  await mkdir(directory, { mode: 0o700 }).catch(unless('EEXIST'))
}

async function addKey(directory: string, dueAt: number): Promise<StoredKey> {
  const file = generateKeyFile(dueAt)
  const key = parseKeyFile(JSON.stringify(file))
  const draft = await writeDraft(directory, file)
  // The thumbprint is unique, so nothing is overwritten.
  const path = join(directory, `${file.due.replaceAll(/[-:]|\.\d+/g, '')}-${key.kid.slice(0, 8)}.json`)
  await rename(draft, path)
  return { ...key, path }
}

async function writeDraft(directory: string, file: KeyFile): Promise<string> {
  const path = join(directory, `.draft-${process.pid}-${Math.random().toString(36).slice(2)}`)
  const handle = await open(path, 'wx', 0o600)
  try {
    // An administrator may add keys for a server that runs as another user.
    const { uid, gid } = await stat(directory)
    if (process.getuid?.() === 0) await handle.chown(uid, gid)
    await handle.writeFile(`${JSON.stringify(file, null, 2)}\n`)
    await handle.sync()
  } finally {
    await handle.close()
  }
  return path
}

async function keyFilesOf(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true })
  return entries
    .filter((entry) => !entry.name.startsWith('.') && !entry.isDirectory())
    .map(({ name }) => join(directory, name))
}

/** Undefined: the file is gone, because a rotation has removed it. */
async function readKey(path: string): Promise<StoredKey | undefined> {
  const named = JSON.stringify(path)
  try {
    const { mode } = await stat(path)
    if (process.platform !== 'win32' && (mode & UNSAFE_MODE) !== 0) throw new Error(unsafe(named, mode))
    return { ...parseKeyFile(await readFile(path, 'utf8')), path }
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    if (message.startsWith('the file')) throw cause
    const problem = code === undefined ? message : `cannot be read (${code})`
    throw new Error(`the file ${named} ${problem}; use a file that waypost keys rotate has made.`, { cause })
  }
}

function unsafe(path: string, mode: number): string {
  const shown = (mode & 0o777).toString(8).padStart(4, '0')
  return `the file ${path} has the mode ${shown}, with which others can read or change the private key in it; use chmod 600, or 640 if its group needs to read it.`
}

function unless(code: string): (error: NodeJS.ErrnoException) => void {
  return (error) => {
    if (error.code !== code) throw error
  }
}

function noneIfMissing(error: NodeJS.ErrnoException): readonly StoredKey[] {
  if (error.code !== 'ENOENT') throw error
  return []
}
