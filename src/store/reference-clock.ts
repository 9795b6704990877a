import { uptime } from 'node:os'
import { MAX_CLOCK_SKEW_MS } from '../domain/clock-skew.ts'

/** The clocks of a machine, in milliseconds. */
export interface MachineClocks {
  /** The time since 1970 (UTC). It jumps if somebody sets it. */
  wall(): number
  /** Never jumps. On some systems, such as Linux, it stands still while the machine sleeps. */
  monotonic(): number
  /** The time since the machine started, sleep included. It takes much longer to read than the others. */
  uptime(): number
}

const thisMachine: MachineClocks = {
  wall: () => Date.now(),
  monotonic: () => performance.now(),
  uptime: () => uptime() * 1_000,
}

// An oscillator that is corrected in steps is wrong by less than this. A larger difference is a jump.
const LARGEST_DRIFT = 1 / 10_000
const DRIFT_INTERVAL_MS = 60_000

/** One moment on three clocks. */
interface Moment {
  readonly time: number
  readonly monotonic: number
  readonly uptime: number
}

/**
 * A clock that is set once and then goes on by itself, so it does not jump if the wall clock of the machine does. It
 * also counts the time that the machine slept.
 */
export class ReferenceClock {
  readonly #clocks: MachineClocks
  #lastSet: Moment

  /** It begins with the time of the wall clock. */
  constructor(clocks: MachineClocks = thisMachine) {
    this.#clocks = clocks
    this.#lastSet = this.#at(clocks.wall())
  }

  /** Sets the clock, to milliseconds since 1970 (UTC). */
  set(time: number): void {
    this.#lastSet = this.#at(time)
  }

  /** The time, in milliseconds since 1970 (UTC). */
  now(): number {
    const { time, monotonic } = this.#lastSet
    const elapsed = this.#clocks.monotonic() - monotonic
    const wall = this.#clocks.wall()
    const difference = Math.abs(wall - time - elapsed)
    if (difference > MAX_CLOCK_SKEW_MS) return this.#afterSleep(elapsed, wall)
    // Without this, the small corrections of a wall clock would add up over the months.
    if (elapsed > DRIFT_INTERVAL_MS && difference < elapsed * LARGEST_DRIFT) this.set(wall)
    return time + elapsed
  }

  // Either the wall clock jumped, or the machine slept. The uptime tells which.
  #afterSleep(elapsed: number, wall: number): number {
    const now = this.#lastSet.time + Math.max(elapsed, this.#clocks.uptime() - this.#lastSet.uptime)
    if (Math.abs(wall - now) <= MAX_CLOCK_SKEW_MS) this.set(now)
    return now
  }

  #at(time: number): Moment {
    return { time, monotonic: this.#clocks.monotonic(), uptime: this.#clocks.uptime() }
  }
}
