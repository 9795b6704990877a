import { expect, test } from 'vitest'
import { ReferenceClock } from '../../src/store/reference-clock.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const START = Date.parse('2026-05-06T12:00:00Z')

/** A machine whose clocks are set by hand. */
class Machine {
  #wall = START
  #monotonic = 5 * HOUR
  #uptime = 9 * HOUR
  uptimeReads = 0

  readonly clocks = {
    wall: () => this.#wall,
    monotonic: () => this.#monotonic,
    uptime: () => {
      this.uptimeReads++
      return this.#uptime
    },
  }

  passes(ms: number): void {
    this.sleeps(ms)
    this.#monotonic += ms
  }

  /** The monotonic clock stands still, as on Linux. */
  sleeps(ms: number): void {
    this.jumps(ms)
    this.#uptime += ms
  }

  jumps(ms: number): void {
    this.#wall += ms
  }
}

const newClock = () => {
  const machine = new Machine()
  return { machine, clock: new ReferenceClock(machine.clocks) }
}

test('a new clock begins with the time of the wall clock and goes on', () => {
  const { machine, clock } = newClock()
  expect(clock.now()).toBe(START)
  machine.passes(3 * HOUR)
  expect(clock.now()).toBe(START + 3 * HOUR)
})

test.for([MINUTE, -MINUTE, 6 * MINUTE, -6 * MINUTE, 8_000 * 365 * DAY])(
  'a clock does not follow if the wall clock jumps by %d ms',
  (jump) => {
    const { machine, clock } = newClock()
    machine.passes(MINUTE)
    machine.jumps(jump)
    expect(clock.now()).toBe(START + MINUTE)
    machine.passes(HOUR)
    expect(clock.now()).toBe(START + MINUTE + HOUR)
  },
)

test.for([2 * MINUTE, 10 * HOUR, 90 * DAY])(
  'a clock stays within 5 minutes of the wall clock if the machine sleeps for %d ms again and again',
  (nap) => {
    const { machine, clock } = newClock()
    for (let night = 1; night <= 20; night++) {
      machine.sleeps(nap)
      machine.passes(MINUTE)
      expect(Math.abs(clock.now() - machine.clocks.wall())).toBeLessThanOrEqual(5 * MINUTE)
    }
  },
)

test('a clock does not follow if the wall clock jumps while the machine sleeps', () => {
  const { machine, clock } = newClock()
  machine.sleeps(8 * HOUR)
  machine.jumps(20 * MINUTE)
  expect(clock.now()).toBe(START + 8 * HOUR)
  machine.passes(MINUTE)
  expect(clock.now()).toBe(START + 8 * HOUR + MINUTE)
  machine.jumps(-20 * MINUTE)
  expect(clock.now()).toBe(machine.clocks.wall())
})

test('a clock does not read the uptime unless the wall clock seems to be wrong', () => {
  const { machine, clock } = newClock()
  const before = machine.uptimeReads
  for (let call = 0; call < 10; call++) {
    machine.passes(SECOND)
    clock.now()
  }
  for (let call = 0; call < 10; call++) {
    machine.jumps(-SECOND)
    clock.now()
  }
  expect(machine.uptimeReads).toBe(before)
})

test('the uptime is read once after a sleep, and not at each later call', () => {
  const { machine, clock } = newClock()
  machine.sleeps(HOUR)
  clock.now()
  const before = machine.uptimeReads
  for (let call = 0; call < 10; call++) clock.now()
  expect(machine.uptimeReads).toBe(before)
})

test('small corrections of the wall clock never add up', () => {
  const { machine, clock } = newClock()
  for (let day = 0; day < 1_000; day++) {
    machine.passes(DAY)
    machine.jumps(-2 * SECOND)
    expect(Math.abs(clock.now() - machine.clocks.wall())).toBeLessThanOrEqual(2 * SECOND)
  }
})

test('jumps of the wall clock add up if there are some minutes between them', () => {
  const { machine, clock } = newClock()
  for (let jump = 0; jump < 3; jump++) {
    machine.jumps(4 * MINUTE)
    machine.passes(10 * MINUTE)
    clock.now()
  }
  expect(clock.now()).toBe(START + 30 * MINUTE)
})

test('a jump of the wall clock is noticed even after a year', () => {
  const { machine, clock } = newClock()
  for (let hour = 0; hour < 365 * 24; hour++) {
    machine.passes(HOUR)
    clock.now()
  }
  machine.jumps(6 * MINUTE)
  expect(clock.now()).toBe(START + 365 * DAY)
})

test('a clock that is set goes on from there, whatever the wall clock says', () => {
  const { machine, clock } = newClock()
  machine.passes(MINUTE)
  clock.set(START + 7 * DAY)
  expect(clock.now()).toBe(START + 7 * DAY)
  machine.passes(MINUTE)
  expect(clock.now()).toBe(START + 7 * DAY + MINUTE)
  machine.sleeps(HOUR)
  expect(clock.now()).toBe(START + 7 * DAY + MINUTE + HOUR)
})

test('without clocks of its own, a clock uses those of this machine', () => {
  expect(Math.abs(new ReferenceClock().now() - Date.now())).toBeLessThan(MINUTE)
})
