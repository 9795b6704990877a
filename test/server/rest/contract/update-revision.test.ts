import { describe, expect, test } from 'vitest'
import type { Fields } from '../../../support/api.ts'
import { describeOn } from '../../../support/behaviour.ts'
import { expectRefusal } from '../../../support/refusals.ts'
import { sqliteStorage } from '../../../support/storage.ts'
import { contractServer, fourProtocols } from './requests.ts'

const TAG = { revision_tag: '1.0.0' }
const labels = { tier: 'web', region: 'eu', team: 'a' }
const DOCS = 'https://docs.example.com/my-service'
const manyLabels = (count: number, prefix = 'label') =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`${prefix}-${index}`, 'x']))

describe('UpdateRevision', () => {
  describeOn(sqliteStorage, fourProtocols, ({ call }) => {
    const update = async (request: Fields) => (await call('updateRevision', { ...TAG, ...request })).revision as Fields
    const stored = async () => (await call('get', TAG)).revision as Fields
    const create = async (more: Fields = { labels }) => call('register', { ...TAG, ...more })
    const expectRefused = async (request: Fields, reason: string, field: string) => {
      const before = await stored()
      await expectRefusal(call('updateRevision', { ...TAG, ...request }), { code: 'invalid_argument', reason, field })
      expect(await stored()).toEqual(before)
    }

    test('set_labels adds and changes labels, and leaves the others alone', async () => {
      await create()
      const after = await update({ set_labels: { tier: 'api', fresh: 'yes' } })
      expect(after.labels).toEqual({ ...labels, tier: 'api', fresh: 'yes' })
      expect(await stored()).toEqual(after)
    })

    test('remove_labels removes labels, and ignores names that the revision does not have', async () => {
      await create()
      const after = await update({ remove_labels: ['tier', 'never-there'] })
      expect(after.labels).toEqual({ region: 'eu', team: 'a' })
    })

    test('set_labels and remove_labels work together, and the last label can go', async () => {
      await create()
      expect((await update({ set_labels: { tier: 'api' }, remove_labels: ['team'] })).labels).toEqual({
        ...{ tier: 'api', region: 'eu' },
      })
      expect(await update({ remove_labels: ['tier', 'region'] })).not.toHaveProperty('labels')
    })

    test('label selectors use the changed labels', async () => {
      await create()
      await update({ set_labels: { tier: 'api' } })
      expect((await call('get', { label_selector: 'tier=api' })).revision).toMatchObject(TAG)
      await expectRefusal(call('get', { label_selector: 'tier=web' }), {
        code: 'not_found',
        reason: 'REVISION_NOT_FOUND',
      })
    })

    test('setting a label to its present value changes nothing', async () => {
      await create()
      const before = await stored()
      expect(await update({ set_labels: { tier: 'web' } })).toEqual(before)
    })

    test('a name in both set_labels and remove_labels is refused', async () => {
      await create()
      await expectRefused({ set_labels: { tier: 'api' }, remove_labels: ['tier'] }, 'INVALID_LABELS', 'remove_labels')
    })

    test.for<[Fields, string]>([
      [{ labels: { tier: 'api' }, set_labels: { a: 'b' } }, 'set_labels'],
      [{ labels: { tier: 'api' }, remove_labels: ['team'] }, 'remove_labels'],
      [{ update_mask: 'labels', set_labels: { a: 'b' } }, 'set_labels'],
    ])(
      'a request with the whole map of labels and a change of it is refused: %o',
      async ([request, field], { expect }) => {
        await create()
        const before = await stored()
        const error = await call('updateRevision', { ...TAG, ...request, ...maskOf(request) }).catch((cause) => cause)
        expect([error.code ?? error.status, error.fields]).toEqual([
          expect.toSatisfy((code) => code === 'invalid_argument' || code === 400),
          expect.arrayContaining([field]),
        ])
        expect(await stored()).toEqual(before)
      },
    )

    test.for<[Fields, string]>([
      [{ set_labels: { 'not a name': 'x' } }, 'set_labels'],
      [{ set_labels: { tier: 'not a value!' } }, 'set_labels'],
    ])('a label that the grammar does not allow is refused: %o', async ([request, field]) => {
      await create()
      await expectRefused(request, 'INVALID_LABELS', field)
    })

    test('a revision has at most 64 labels after the change, and removed labels make room', async () => {
      await create({ labels: manyLabels(63) })
      expect(Object.keys((await update({ set_labels: { last: 'x' } })).labels as Fields)).toHaveLength(64)
      await expectRefused({ set_labels: { 'one-more': 'x' } }, 'INVALID_LABELS', 'set_labels')
      await update({ set_labels: { last: 'changed' } })
      const after = await update({ set_labels: { 'one-more': 'x' }, remove_labels: ['label-0'] })
      expect(Object.keys(after.labels as Fields)).toHaveLength(64)
    })

    test('documentation_uri is set, changed, shown in the view BASIC, and cleared by the mask', async () => {
      await create()
      expect(await update({ documentation_uri: DOCS })).toMatchObject({ documentation_uri: DOCS, labels })
      expect(await update({ documentation_uri: `${DOCS}/2` })).toMatchObject({ documentation_uri: `${DOCS}/2` })
      expect(await update({ description: 'x' })).toMatchObject({ documentation_uri: `${DOCS}/2`, description: 'x' })
      const cleared = await update(mask('documentation_uri'))
      expect(cleared).not.toHaveProperty('documentation_uri')
      expect(cleared).toMatchObject({ labels, description: 'x' })
      expect(await stored()).toEqual(cleared)
    })

    test('the mask * clears documentation_uri too', async () => {
      await create({ labels, documentation_uri: DOCS })
      expect(await update({ update_mask: '*' })).not.toHaveProperty('documentation_uri')
    })

    const httpsOnly = ['http://docs.example.com', 'ftp://docs.example.com', 'javascript:alert(1)', 'docs.example.com']
    const notUris = ['https://', 'https://docs example.com', 'https://docs.example.com/\u0007']
    test.for([...httpsOnly, ...notUris, `https://docs.example.com/${'a'.repeat(2048 - 24)}`])(
      'the documentation_uri %s is refused in an update and in a registration',
      async (documentation_uri) => {
        await create()
        await expectRefused({ documentation_uri }, 'INVALID_INFORMATION', 'documentation_uri')
        const registration = call('register', { revision_tag: '2.0.0', documentation_uri })
        await expectRefusal(registration, {
          ...{ code: 'invalid_argument', reason: 'INVALID_INFORMATION', field: 'documentation_uri' },
        })
      },
    )

    test('a documentation_uri of 2048 characters is accepted', async () => {
      const documentation_uri = `https://docs.example.com/${'a'.repeat(2048 - 25)}`
      await create({ documentation_uri })
      expect(await stored()).toMatchObject({ documentation_uri })
    })

    test('a repeated registration is a replay although an update has changed the revision since', async () => {
      const registration = { labels, documentation_uri: DOCS }
      await create(registration)
      const updated = await update({ documentation_uri: `${DOCS}/2`, set_labels: { fresh: 'yes' } })
      const replay = await call('register', { ...TAG, ...registration })
      expect(replay).toMatchObject({ replayed: true, revision: updated })
      for (const other of [{ labels, documentation_uri: `${DOCS}/2` }, { labels }]) {
        const refused = call('register', { ...TAG, ...other })
        await expectRefusal(refused, { code: 'already_exists', reason: 'REVISION_ALREADY_EXISTS' })
      }
    })
  })
})

describe('an update_mask over REST', () => {
  const { send, serviceWith } = contractServer()

  test('update_mask accepts documentation_uri in the spelling of the keys of REST', async () => {
    const path = `${await serviceWith('1.0.0')}/revisions/1.0.0`
    await send('PATCH', path, { body: { documentation_uri: DOCS } })
    const answer = await send('PATCH', path, { body: { update_mask: 'documentation_uri' } })
    expect(answer.status, answer.text).toBe(200)
    expect(answer.body).not.toHaveProperty('documentation_uri')
  })
})

/** A mask in the form that every protocol accepts: one path without an underscore, or its JSON name. */
function mask(path: string): Fields {
  return { update_mask: path.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()) }
}

function maskOf({ update_mask }: Fields): Fields {
  return update_mask === undefined ? {} : { update_mask }
}
