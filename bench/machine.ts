import { statfsSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, release, tmpdir, totalmem, type } from 'node:os'
import { etcdVersion } from './etcd.ts'
import { loadTool } from './load.ts'

// Linux's number for a file system in memory. A sync costs nothing there.
const TMPFS = 0x01021994

/** The machine and the versions of the measurements, in lines for people. */
export function describeMachine(): string {
  const { node, sqlite } = process.versions
  const inMemory = statfsSync(tmpdir()).type === TMPFS
  return [
    `CPU: ${cpus()[0]?.model ?? 'unknown'}, ${availableParallelism()} cores; load before the run: ${loadavg()[0]?.toFixed(2)}`,
    `Memory: ${Math.round(totalmem() / 1024 ** 3)} GiB`,
    `Node ${node}, SQLite ${sqlite}, ${type()} ${release()}`,
    `HTTP/1.1: ${loadTool('HTTP/1.1')?.name}`,
    `HTTP/2: ${loadTool('HTTP/2')?.name ?? 'h2load is not installed'}`,
    `etcd: ${etcdVersion() ?? 'not installed'}`,
    `Files in ${tmpdir()}${inMemory ? ' (this is memory; set TMPDIR to a folder on a disk)' : ''}`,
  ].join('\n')
}
