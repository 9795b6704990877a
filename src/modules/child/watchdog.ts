import { writeSync } from 'node:fs'
import { workerData } from 'node:worker_threads'
import { killGroup } from '../kill-group.ts'
import type { Watched } from '../messages.ts'

// A thread beside the module. It ends the process even if the module never returns.

/** How often the thread checks the process, in milliseconds. */
const CHECK_MS = 100

const STDERR = 2

const { parent, mostMib, noun } = workerData as Watched

setInterval(() => {
  // The server was killed, so nobody else would end this process.
  if (process.ppid !== parent) killGroup(process.pid)
  const used = Math.round(process.memoryUsage.rss() / 1024 / 1024)
  if (used <= mostMib) return
  try {
    writeSync(STDERR, `the ${noun} uses ${used} MiB of memory; it may use at most ${mostMib} MiB.\n`)
  } finally {
    killGroup(process.pid)
  }
}, CHECK_MS)
