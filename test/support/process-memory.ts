import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'

const SAMPLE_MS = 100

/** By how many MiB the resident memory of a process rose, at its peak, while the work went on. */
export async function peakGrowth(pid: number, work: () => Promise<unknown>): Promise<number> {
  if (process.platform === 'linux') {
    // Resets the peak that the kernel keeps.
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
