import { copyFile } from 'node:fs/promises'
import type { TlsFiles } from '../../src/server/listen/tls-files.ts'
import { apis } from '../support/api.ts'
import { startInProcess } from '../support/in-process.ts'
import { type Storage, sqliteStorage } from '../support/storage.ts'
import { fill } from './recorded.ts'
import { startReference } from './reference.ts'
import { openHttp1, openHttp2, type Sender } from './senders.ts'
import type { Way } from './ways.ts'

/** Senders to Waypost and to the reference, for each version of HTTP. */
export type Senders = Readonly<Record<Way['transport'], readonly [ours: Sender, theirs: Sender]>>

/** Waypost and the reference, with the same content. */
export interface Both {
  readonly senders: Senders
  /** The etags of the revisions that can be deleted. */
  readonly etags: readonly string[]
  close(): Promise<void>
}

/** Starts both servers. */
export async function startBoth(tls?: TlsFiles): Promise<Both> {
  const [ours, theirs] = [await sqliteStorage(), await sqliteStorage()]
  const etags = await fillBoth(ours, theirs)
  const [subject, reference] = [await startInProcess(ours, { tls }), await startReference(theirs, tls)]
  // The reference sometimes does not answer the request that follows a refused one on a connection over HTTP/1.1.
  const senders: Senders = {
    'HTTP/1.1': [openHttp1(subject.url), openHttp1(reference.http1, false)],
    'HTTP/2': [openHttp2(subject.url), openHttp2(reference.http2)],
  }
  return {
    ...{ senders, etags },
    close: async () => {
      for (const sender of Object.values(senders).flat()) sender.close()
      await Promise.all([subject.close(), reference.close()])
      await Promise.all([ours.remove(), theirs.remove()])
    },
  }
}

// Two registries never have the same ids and times. So one is filled, and the other one gets a copy of its file.
async function fillBoth(ours: Storage, theirs: Storage): Promise<string[]> {
  const server = await startInProcess(ours)
  const api = apis.Connect(server.url)
  const etags = await fill(api)
  api.close()
  await server.close()
  await copyFile(fileOf(ours), fileOf(theirs))
  return etags
}

function fileOf({ location }: Storage): string {
  return location.slice('sqlite:'.length)
}
