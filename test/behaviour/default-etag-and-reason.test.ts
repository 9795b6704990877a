import { describe, expect, test } from 'vitest'
import { expectRefusal } from '../support/refusals.ts'
import { describeBehaviour } from '../support/store-behaviour.ts'
import { looking } from './looking.ts'

const MISMATCH = { code: 'aborted', reason: 'ETAG_MISMATCH', field: 'etag' } as const

describeBehaviour('a change of the default by hand', (subject) => {
  const { call, register, storedLog } = subject
  const { tag, etag, serviceEtag, everything } = looking(subject)

  describe.for([
    ['setDefault', { revision_tag: '1.0.0' }],
    ['clearDefault', {}],
  ] as const)('%s', ([method, request]) => {
    test('a change of the default passes with the current etag of the service, but only once', async () => {
      await register('1.0.0', '2.0.0')
      const current = await serviceEtag()
      const { service } = await call(method, { ...request, etag: current })
      expect(await serviceEtag()).toBe((service as { etag: string }).etag)
      const before = await everything()
      await expectRefusal(call(method, { ...request, etag: current }), MISMATCH)
      expect(await everything()).toEqual(before)
    })

    test.for([
      ['2.1.0', 'moved the default'],
      ['2.1.0-rc.1', 'moved the default to a pre-release'],
    ] as const)(
      'a change of the default is refused with an etag from before the registration of %s, which %s',
      async ([next]) => {
        await register('1.0.0', '2.0.0')
        const old = await serviceEtag()
        await register(next)
        await expectRefusal(call(method, { ...request, etag: old }), MISMATCH)
        expect(await tag()).toBe(next)
      },
    )

    test('an etag from before a registration that kept the default lets a change of it through', async () => {
      await register('1.0.0', '2.0.0')
      const old = await serviceEtag()
      await register('0.1.0', 'main')
      await call(method, { ...request, etag: old })
      expect(await tag()).toBe('revision_tag' in request ? request.revision_tag : undefined)
    })

    test('a change of the default is refused with the etag of a revision', async () => {
      await register('1.0.0', '0.9.0')
      await expectRefusal(call(method, { ...request, etag: await etag('0.9.0') }), MISMATCH)
      expect(await tag()).toBe('1.0.0')
    })

    test.for([
      ['1024 letters', 'a'.repeat(1024)],
      ['1024 characters of two UTF-16 units each', '😀'.repeat(1024)],
      ['two lines', 'first\n\tsecond'],
    ] as const)('a change of the default keeps a reason of %s', async ([, reason]) => {
      await register('1.0.0')
      await call(method, { ...request, reason })
      const entry = (await storedLog()).at(-1)
      expect(entry).toMatchObject({ reason, head: { defaultRule: { by: 'hand', reason } } })
    })

    test.for([
      ['1025 characters', 'a'.repeat(1025), /1025.*1024/],
      ['a control character', 'bell \u0007', /control characters/],
    ] as const)('a change of the default refuses a reason with %s', async ([, reason, message]) => {
      await register('1.0.0', '2.0.0')
      const expected = { code: 'invalid_argument', reason: 'INVALID_REASON', field: 'reason', message } as const
      await expectRefusal(call(method, { ...request, reason }), expected)
      expect(await tag()).toBe('2.0.0')
    })
  })
})
