/** Ends a process that leads a group, and all processes of the group. Does nothing if it has ended already. */
export function killGroup(pid: number): void {
  for (const target of [-pid, pid]) {
    try {
      process.kill(target, 'SIGKILL')
    } catch {
      // It has ended already, or the system has no groups.
    }
  }
}
