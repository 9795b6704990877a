/** Whether there is a process with this id. */
export function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** Ends a process of a test that failed, if it is still there. */
export function end(pid: number): void {
  if (isRunning(pid)) process.kill(pid, 'SIGKILL')
}
