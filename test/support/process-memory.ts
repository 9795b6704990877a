import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'

const SAMPLE_MS = 100

/** The growth of a process's resident memory during the work, in MiB, from its start to its peak. */
export async function peakGrowth(pid: number, work: () => Promise<unknown>): Promise<number> {
  if (process.platform === 'linux') {
    // Resets the peak in the kernel's statistics.
    writeFileSync(`/proc/${pid}/clear_refs`, '5')
    const before = kibibytes(pid, 'VmRSS')
    await work()
    return (kibibytes(pid, 'VmHWM') - before) / 1024
  }
  const before = sample(pid)
  let peak = before
  const timer = setInterval(() => {
    peak = Math.max(peak, sample(pid))
  }, SAMPLE_MS)
  await work().finally(() => clearInterval(timer))
  return (Math.max(peak, sample(pid)) - before) / 1024
}

function kibibytes(pid: number, key: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(status)?.[1])
}

function sample(pid: number): number {
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }))
}
