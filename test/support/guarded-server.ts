import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AccessFileParts, writeAccessFile } from './access-file.ts'
import { type InProcessOptions, startInProcess } from './in-process.ts'
import { type Storage, sqliteStorage } from './storage.ts'

/** A server in this process with an access file. */
export interface GuardedServer {
  readonly url: string
  readonly storage: Storage
  /** Replaces the content of the access file, and lets the server read it. */
  replaceAccess(parts: AccessFileParts): Promise<void>
  /** Stops the server, and removes its store and its files. */
  close(): Promise<void>
}

/** Other files beside the access file, such as those with keys, by their names. */
type OtherFiles = Readonly<Record<string, string>>

/** Starts a server with this access file, on a free port of 127.0.0.1. */
export async function startGuarded(
  parts: AccessFileParts,
  { files = {}, ...options }: Omit<InProcessOptions, 'access'> & { readonly files?: OtherFiles } = {},
): Promise<GuardedServer> {
  const [storage, folder] = await Promise.all([sqliteStorage(), mkdtemp(join(tmpdir(), 'waypost-test-'))])
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content)
  const file = await writeAccessFile(folder, parts)
  const server = await startInProcess(storage, { ...options, access: { file } })
  return {
    url: server.url,
    storage,
    replaceAccess: async (changed) => {
      await writeAccessFile(folder, changed)
      server.reload()
    },
    close: async () => {
      await server.close()
      await Promise.all([storage.remove(), rm(folder, { recursive: true })])
    },
  }
}
