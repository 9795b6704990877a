import { describe, expect, test } from 'vitest'
import type { RegistryError } from '../../../src/domain/errors.ts'
import type { At } from '../../../src/domain/history/at.ts'
import { parseServiceReference } from '../../../src/domain/sruid.ts'
import type { ReadDeps } from '../../../src/registry/core/registry-deps.ts'
import { resolveAt } from '../../../src/registry/history/at.ts'

const { service } = parseServiceReference('my-org/my-service')
const NOW = Date.parse('2026-11-24T15:50:04.000Z')

/** A store whose service has entries at these times, and a clock. */
function withEntries(times: readonly number[] | null, now = NOW): ReadDeps {
  const store = {
    findGeneration: async (_: unknown, time: number) =>
      times === null ? null : times.filter((each) => each <= time).length,
    now: () => now,
    readHead: async () => times && { generation: times.length, time: times.at(-1) },
  }
  return { store } as unknown as ReadDeps
}

async function refusalOf(deps: ReadDeps, at: At) {
  const error = await resolveAt(deps, service, at).then(
    (generation) => expect.fail(`it is generation ${generation}`),
    (reason: RegistryError) => reason,
  )
  const { code, reason, message, metadata, fieldViolations } = error
  return { code, reason, message, metadata, fields: fieldViolations.map(({ field }) => field) }
}

describe('the generation that a caller asks for', () => {
  const deps = withEntries([1_000, 2_000, 2_000, 3_000])

  test.for<[string, At | null, number | undefined]>([
    ['nothing', null, undefined],
    ['the first generation', { generation: 1 }, 1],
    ['the newest generation', { generation: 4 }, 4],
    ['the time of the first entry', { time: 1_000 }, 1],
    ['a time between two entries', { time: 1_999 }, 1],
    ['the time of two entries', { time: 2_000 }, 3],
    ['a time after the newest entry', { time: 5_000 }, 4],
    ['the present', { time: NOW }, 4],
    ['the present of a clock that is a second ahead', { time: NOW + 1_000 }, 4],
  ])('a caller that asks for %s gets the greatest generation that is not later', async ([, at, generation]) => {
    expect(await resolveAt(deps, service, at)).toBe(generation)
  })

  test('a time before the first entry is refused, and the service exists', async () => {
    expect(await refusalOf(deps, { time: 999 })).toEqual({
      ...{ code: 'not_found', reason: 'STATE_NOT_FOUND', metadata: { service_exists: true }, fields: ['at_time'] },
      message:
        'Service revision not found. at_time 1970-01-01T00:00:00.999Z is before the first change of my-org/my-service; ' +
        'use a later time.',
    })
  })

  test('a generation beyond the newest is refused, and the error tells the newest', async () => {
    expect(await refusalOf(deps, { generation: 5 })).toEqual({
      ...{
        code: 'not_found',
        reason: 'STATE_NOT_FOUND',
        metadata: { service_exists: true },
        fields: ['at_generation'],
      },
      message:
        'Service revision not found. at_generation 5 is beyond the newest generation of my-org/my-service; use 1 to 4.',
    })
  })

  test('a time in the future is refused, and the error tells the time of the registry', async () => {
    expect(await refusalOf(deps, { time: NOW + 1_001 })).toEqual({
      ...{ code: 'invalid_argument', reason: 'INVALID_AT_TIME', metadata: {}, fields: ['at_time'] },
      message: 'at_time 2026-11-24T15:50:05.001Z is in the future; use a time until 2026-11-24T15:50:04.000Z.',
    })
  })

  test('the time of the newest entry is not in the future, even if the clock of its server was ahead', async () => {
    const ahead = withEntries([1_000, NOW + 60_000])
    expect(await resolveAt(ahead, service, { time: NOW + 60_000 })).toBe(2)
    expect((await refusalOf(ahead, { time: NOW + 60_001 })).message).toContain(
      'use a time until 2026-11-24T15:51:04.000Z.',
    )
  })

  test.for<At>([{ time: 1_000 }, { generation: 1 }, { time: NOW + 1_001 }])(
    'a service without an entry is not found, whatever is asked (%j)',
    async (at) => {
      const { reason, metadata } = await refusalOf(withEntries(null), at)
      expect({ reason, metadata }).toEqual({ reason: 'SERVICE_NOT_FOUND', metadata: { service_exists: false } })
    },
  )
})
