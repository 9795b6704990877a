import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type ServeProcess, spawnServe } from '../support/serve.ts'
import { skipWithout } from '../support/tools.ts'

const SOURCE = fileURLToPath(new URL('faulty-sync.c', import.meta.url))

/** Servers on a disk whose syncs can be made to fail or to hang. */
export interface FaultyDisk {
  /** The reason if there can be no such disk here. */
  readonly skipReason: string | undefined
  /** The location of the store. */
  readonly location: string
  serve(): Promise<ServeProcess>
  break(how: 'fails' | 'hangs'): void
  repair(): void
  remove(): void
}

/** Prepares a disk. It works until `break` is called. */
export function prepareFaultyDisk(): FaultyDisk {
  const folder = mkdtempSync(join(tmpdir(), 'waypost-sync-'))
  const at = (name: string) => join(folder, name)
  const shim = at('faulty-sync.so')
  const isCompiled =
    process.platform === 'linux' && spawnSync('cc', ['-shared', '-fPIC', '-o', shim, SOURCE, '-ldl']).status === 0
  const reason = 'a sync can only be made to fail on Linux, with a C compiler'
  const location = `sqlite:${at('waypost.db')}`
  const env = { LD_PRELOAD: shim, FAILING_SYNC: at('fails'), HANGING_SYNC: at('hangs') }
  return {
    skipReason: skipWithout(isCompiled, reason, false),
    location,
    serve: () => spawnServe(['--store', location], env),
    break: (how) => writeFileSync(at(how), ''),
    repair: () => {
      for (const how of ['fails', 'hangs']) rmSync(at(how), { force: true })
    },
    remove: () => rmSync(folder, { recursive: true }),
  }
}

/** Registers a revision of `my-org/my-service`, and resolves with the status. */
export async function register({ url }: ServeProcess, revision_tag: string): Promise<number> {
  const body = JSON.stringify({ revision_tag })
  return (await fetch(`${url}/services/my-org/my-service`, { method: 'POST', body })).status
}
