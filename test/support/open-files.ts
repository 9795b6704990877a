import { readdirSync, readlinkSync } from 'node:fs'

/** The number of open files of a process, with its connections. Zero if the system does not show them. */
export function countOpenFiles(pid = 0): number {
  return openFiles(pid).length
}

/** The number of open sockets of a process. Zero if the system does not show them. */
export function countSockets(pid = 0): number {
  return openFiles(pid).filter((file) => targetOf(`/proc/${pid}/fd/${file}`).startsWith('socket:')).length
}

function openFiles(pid: number): string[] {
  return process.platform === 'linux' ? readdirSync(`/proc/${pid}/fd`) : []
}

// The file may be closed by now.
function targetOf(link: string): string {
  try {
    return readlinkSync(link)
  } catch {
    return ''
  }
}
