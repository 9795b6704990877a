import { globSync } from 'node:fs'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { skipWithout } from './tools.ts'

// The variant for programs with several threads.
const [LIBRARY] = globSync('/usr/lib/*/faketime/libfaketimeMT.so.1')

/** Why the tests with a wrong clock can't run here; undefined if they can. */
export const fakedTimeSkipReason = skipWithout(LIBRARY !== undefined, 'no libfaketime; install it with apt-get.')

/** A wall clock for one process, which jumps on command. */
export interface FakedTime {
  /** The environment of the process. */
  readonly env: Record<string, string>
  /** Lets the clock be wrong by this: an offset in the notation of libfaketime, such as `+6m`, `-1.5d` or `+0`. */
  jump(offset: string): Promise<void>
  remove(): Promise<void>
}

/** Makes a clock that is right until it jumps. */
export async function fakedTime(): Promise<FakedTime> {
  const folder = await mkdtemp(join(tmpdir(), 'waypost-clock-'))
  const file = join(folder, 'offset')
  // The process reads the file at any moment, so it must never be there in part.
  const jump = async (offset: string) => {
    await writeFile(`${file}.new`, `${offset}\n`)
    await rename(`${file}.new`, file)
  }
  await jump('+0')
  const env = {
    ...{ LD_PRELOAD: LIBRARY ?? '', FAKETIME_TIMESTAMP_FILE: file, FAKETIME_NO_CACHE: '1' },
    // Only the wall clock may jump. Timers use the monotonic clock.
    ...{ FAKETIME_DONT_FAKE_MONOTONIC: '1', NO_FAKE_STAT: '1' },
  }
  return { env, jump, remove: () => rm(folder, { recursive: true }) }
}
