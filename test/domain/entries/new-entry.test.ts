import { describe, expect, test } from 'vitest'
import { registrationEntry } from '../../../src/domain/entries/new-entry.ts'
import { active } from '../../../src/domain/lifecycle.ts'
import { type RevisionEntry, snapshotAfter } from '../../../src/domain/log.ts'
import { noInfo } from '../../../src/domain/revision-info.ts'
import { parseSruid } from '../../../src/domain/sruid.ts'

describe('the entry of a registration', () => {
  test('the first registration of a service makes an entry of generation 1', () => {
    expect(registering('1.2.9', { becomesDefault: true, now: 1_000 })).toEqual({
      id: 'id',
      service: { namespace: 'my-org', name: 'my-service' },
      generation: 1,
      time: 1_000,
      principal: { name: 'somebody' },
      writer: 'api',
      event: 'revision-registered',
      reason: '',
      alias: null,
      request: null,
      revision: {
        namespace: 'my-org',
        name: 'my-service',
        revisionTag: '1.2.9',
        requestedDefault: null,
        registeredAt: 1_000,
        registeredBy: 'somebody',
        ordinal: 1,
        info: noInfo,
        infoPlace: { generation: 1, changed: {} },
        registeredInfo: null,
        lifecycle: active,
        writtenBy: 'api',
        etag: 'id',
      },
      head: {
        defaultTag: '1.2.9',
        defaultRule: { by: 'registration', policy: null, reason: '', actor: 'somebody', time: 1_000 },
        highestSemver: '1.2.9',
        highestRelease: '1.2.9',
        isDefaultImported: false,
        rollout: null,
        reserved: {},
        aliases: [],
        aliasPlace: { generation: 0, moves: [] },
        revisionCount: 1,
        etag: 'id',
      },
      link: {
        delta: {
          event: 'revision-registered',
          default: { tag: '1.2.9', rule: { by: 'registration' } },
          highestSemver: '1.2.9',
          highestRelease: '1.2.9',
        },
        salt: '',
        prev: '',
        hash: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
      },
    })
  })

  test('the entry of a registration is never earlier than the entry before it, even if the clock goes back', () => {
    const first = registering('1.0.0', { now: 5_000 })
    const second = registering('1.1.0', { now: 3_000 }, first)
    const third = registering('1.2.0', { now: 6_000 }, second)
    expect([first, second, third].map(({ time }) => time)).toEqual([5_000, 5_000, 6_000])
    expect(second.revision.registeredAt).toBe(5_000)
  })

  test('the entry of a registration keeps the default if the new revision does not become the default', () => {
    const first = registering('1.0.0', { becomesDefault: true })
    expect(registering('2.0.0', { becomesDefault: false }, first).head.defaultTag).toBe('1.0.0')
  })

  test.for([
    [['1.0.0', '2.0.0', '1.5.0'], '2.0.0', '2.0.0', 'the highest, not the newest'],
    [['1.0.0', '2.0.0-rc.1'], '2.0.0-rc.1', '1.0.0', 'a pre-release is not a release'],
    [['2.0.0-rc.1', '2.0.0'], '2.0.0', '2.0.0', 'a release is above its pre-releases'],
    [['1.2.9', 'v1.2.9'], 'v1.2.9', 'v1.2.9', 'ties go to the newcomer'],
    [['main', '1.2'], null, null, 'a tag that is not a semantic version is never the highest'],
    [['1.0.0', 'main'], '1.0.0', '1.0.0', 'a tag that is not a semantic version changes nothing'],
  ] as const)(
    'after the registration of %j the highest version is %s and the highest release is %s (%s)',
    ([tags, semver, release]) => {
      let newest: RevisionEntry | undefined
      for (const tag of tags) newest = registering(tag, {}, newest)
      expect(newest?.head).toMatchObject({ highestSemver: semver, highestRelease: release })
    },
  )
})

function registering(tag: string, { becomesDefault = false, now = 0 }, after?: RevisionEntry): RevisionEntry {
  const sruid = parseSruid(`my-org/my-service:${tag}`)
  const writer = { id: 'id', principal: { name: 'somebody' }, now }
  return registrationEntry(after ? snapshotAfter(after) : null, {
    ...writer,
    sruid,
    requestedDefault: null,
    becomesDefault,
  })
}
