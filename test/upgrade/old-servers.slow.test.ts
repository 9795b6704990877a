import { expect, test } from 'vitest'
import { readStoredForms } from '../support/form-2.ts'
import { sendJson } from '../support/send-json.ts'
import type { ServeProcess } from '../support/serve.ts'
import { problemsIn } from '../support/verified.ts'
import { acknowledged, describeFleets, goesOn, misplaced } from './fleet.ts'
import { findLost } from './writer.ts'

const anything = expect.anything()

/** The routes of a service with new entries, of one without, and of all. */
const reads = ['changed', 'untouched'].flatMap((name) => [
  `/services/upgrade/${name}`,
  `/services/upgrade/${name}?revision_tag=1.0.0`,
  `/services/upgrade/${name}?version_range=^1`,
  `/services/upgrade/${name}/revisions`,
  `/services/upgrade/${name}/aliases`,
])
reads.push('/services', '/namespaces')

async function register(server: ServeProcess, name: string, tag: string): Promise<void> {
  const { status } = await sendJson(server.url, `/services/upgrade/${name}`, { body: { revision_tag: tag } })
  expect(status).toBe(201)
}

/** The text of an answer as older versions send it. */
function withoutGeneration(text: string): string {
  const { generation, ...answer } = JSON.parse(text)
  return JSON.stringify(answer)
}

describeFleets('servers of the older version', (fleet) => {
  test('an old server that is started after the upgrade is finished gives no wrong answer and stores nothing', async () => {
    const first = await fleet().serveOld()
    for (const name of ['untouched', 'changed']) await register(first, name, '1.0.0')
    await fleet().finish()
    const newServer = await fleet().serve()
    await register(newServer, 'changed', '1.1.0')
    if (fleet().storage.location.startsWith('sqlite:')) {
      await expect(fleet().serveOld()).rejects.toThrow(/schema version 3, and this program knows 2; use a newer/)
      return
    }
    const oldServer = await fleet().serveOld()
    for (const path of reads) {
      const [theirs, ours] = [await sendJson(oldServer.url, path), await sendJson(newServer.url, path)]
      const isOnlyOld = path.includes('untouched')
      const same = [ours.status, withoutGeneration(ours.text)]
      expect([theirs.status, theirs.text], path).toEqual(isOnlyOld ? same : [500, anything])
    }
    for (const name of ['untouched', 'changed', 'new']) {
      const body = { revision_tag: '2.0.0' }
      const { status } = await sendJson(oldServer.url, `/services/upgrade/${name}`, { body })
      expect(status, name).toBe(name === 'changed' ? 500 : 503)
    }
    expect((await readStoredForms(fleet().storage.location)).map(({ form }) => form)).toEqual([2, 3, 2])
    expect(await problemsIn(fleet().storage.location)).toEqual([])
  })

  test('the older version can be started again before the upgrade is finished, and reads what the newer one has written', async () => {
    const newServer = await fleet()
      .serveOld()
      .then(() => fleet().serve())
    const writers = fleet().write(newServer)
    await goesOn(writers, acknowledged)
    await Promise.all(writers.map((writer) => writer.stop()))
    const again = await fleet().serveOld()
    expect(await findLost(fleet().open(again), writers)).toEqual([])
    await register(again, 'shared-0', '2.0.0')
    const { text } = await sendJson(newServer.url, '/services/upgrade/shared-0')
    expect(JSON.parse(text)).toMatchObject({ revision_tag: '2.0.0', is_default: true })
  })

  test('an old and a new server that start at once on an empty place agree on the form, or the old one fails', async () => {
    const [theirs, ours] = await Promise.allSettled([fleet().serveOld(), fleet().serve()])
    if (ours.status === 'rejected') throw ours.reason
    await register(ours.value, 'first', '1.0.0')
    const [{ form = 0 } = {}] = await readStoredForms(fleet().storage.location)
    if (theirs.status === 'rejected') expect(form).toBe(3)
    else {
      const body = { revision_tag: '1.1.0' }
      const { status } = await sendJson(theirs.value.url, '/services/upgrade/second', { body })
      expect(status).toBe(form === 2 ? 201 : 503)
    }
    expect(misplaced(await readStoredForms(fleet().storage.location))).toEqual([])
  })
})
