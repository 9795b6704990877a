import { writeSync } from 'node:fs'
import { workerData } from 'node:worker_threads'
import { killGroup } from '../kill-group.ts'

// A thread beside the policy module. It ends the process even if the module never returns.

/** The most memory that the process may use, in MiB. The heap has a smaller bound, but buffers are not in the heap. */
const MOST_MIB = 256

/** How often the thread checks the process, in milliseconds. */
const CHECK_MS = 100

const STDERR = 2

setInterval(() => {
  // The server was killed, so nobody else would end this process.
  if (process.ppid !== workerData) killGroup(process.pid)
  const used = Math.round(process.memoryUsage.rss() / 1024 / 1024)
  if (used <= MOST_MIB) return
  try {
    writeSync(STDERR, `the policy module uses ${used} MiB of memory; it may use at most ${MOST_MIB} MiB.\n`)
  } finally {
    killGroup(process.pid)
  }
}, CHECK_MS)
