import { expect, test } from 'vitest'
import type { Answer } from '../support/api.ts'
import { readStoredForms } from '../support/form-2.ts'
import type { Storage } from '../support/storage.ts'
import { problemsIn } from '../support/verified.ts'
import { acknowledged, describeFleets, goesOn, misplaced, refused } from './fleet.ts'
import { findLost, findMissing, registrationsOf } from './writer.ts'

describeFleets('a fleet that is upgraded while it serves', (fleet) => {
  test('old and new servers write side by side, and after the upgrade is finished only the new ones, and nothing is lost', async () => {
    const oldServer = await fleet().serveOld()
    const oldWriters = fleet().write(oldServer)
    await goesOn(oldWriters, acknowledged)
    const newServer = await fleet().serve()
    const newWriters = fleet().write(newServer)
    const writers = [...oldWriters, ...newWriters]
    await goesOn(writers, acknowledged)
    for (const server of [oldServer, newServer]) {
      expect(await findMissing(fleet().open(server), registrationsOf(writers))).toEqual([])
    }
    expect(new Set((await readStoredForms(fleet().storage.location)).map(({ form }) => form))).toEqual(new Set([2]))

    expect(writers.flatMap(({ refusals }) => refusals)).toEqual([])
    expect(await fleet().finish()).toMatchObject({ exitCode: 0, stderr: '' })
    for (const writer of oldWriters) writer.refusedFrom = performance.now()
    await Promise.all([goesOn(newWriters, acknowledged), goesOn(oldWriters, refused, 2)])
    await Promise.all(writers.map((writer) => writer.stop()))

    expect(newWriters.flatMap(({ refusals }) => refusals)).toEqual([])
    expect(oldWriters.flatMap(({ late }) => late)).toEqual([])
    for (const { answer } of oldWriters.flatMap(({ refusals }) => refusals))
      expect(answer).toSatisfy(isCleanOn(fleet().storage))
    expect(await findLost(fleet().open(newServer), writers)).toEqual([])
    const forms = await readStoredForms(fleet().storage.location)
    expect(new Set(forms.map(({ form }) => form))).toEqual(new Set([2, 3]))
    expect(misplaced(forms)).toEqual([])
    expect(await problemsIn(fleet().storage.location)).toEqual([])
  })
})

/** Whether an answer says that the server's store cannot do it now. On MongoDB it may say that the store cannot be read. */
function isCleanOn({ location }: Storage): (answer: Answer | undefined) => boolean {
  return (answer) => {
    if (answer === undefined || answer.ok) return false
    const { code, status, reason } = answer.error
    if (reason === 'STORE_UNAVAILABLE') return code === 'unavailable' || status === 503
    return location.startsWith('mongodb') && (code === 'internal' || status === 500)
  }
}
