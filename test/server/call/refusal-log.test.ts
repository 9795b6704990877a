import { expect, test } from 'vitest'
import { openCallerAccess } from '../../../src/domain/access/access-control.ts'
import { parseServiceId } from '../../../src/domain/sruid.ts'
import { type Refusal, RefusalLog } from '../../../src/server/call/refusal-log.ts'
import { type KnownCaller, knownCaller } from '../../support/known-caller.ts'
import { recordingLogger } from '../../support/recording-logger.ts'

const service = parseServiceId('my-org', 'my-service')

function setting() {
  const { log, lines } = recordingLogger()
  let now = 5
  const refusals = new RefusalLog(log, () => now)
  let explained = 0
  const refuse = (facts: KnownCaller = {}, changes: Partial<Refusal> = {}) => {
    const explainRefusal = () => `the grant in line 7 has another repository (${++explained})`
    const access = { ...knownCaller(facts).access, explainRefusal }
    refusals.tell({ access, permission: 'register', resource: service, ...changes })
  }
  const pass = (ms: number) => {
    now += ms
  }
  return { lines, refuse, pass, explained: () => explained }
}

test('a refusal is logged with the principal, the permission, the service and the closest grant', () => {
  const { lines, refuse } = setting()
  refuse({ name: 'run 1', claims: { actor: 'a-person' } })
  expect(lines).toEqual([
    {
      level: 'warn',
      message: 'a caller lacks a permission',
      fields: {
        principal: { ...knownCaller().principal, name: 'run 1' },
        permission: 'register',
        service: 'my-org/my-service',
        closest: 'the grant in line 7 has another repository (1)',
      },
    },
  ])
})

test('the refusal of an anonymous caller has the level of a request', () => {
  const { lines, refuse } = setting()
  refuse({}, { access: { ...openCallerAccess, explainRefusal: () => 'none' }, resource: null })
  expect(lines).toMatchObject([{ level: 'info', fields: { principal: { name: 'anonymous' }, service: undefined } }])
})

test('a refusal that repeats is logged and explained once a minute', () => {
  const { lines, refuse, pass, explained } = setting()
  for (let time = 0; time < 100; time++) refuse({ name: `run ${time}` })
  pass(59_999)
  refuse()
  expect([lines.length, explained()]).toEqual([1, 1])
  pass(1)
  refuse()
  expect([lines.length, explained()]).toEqual([2, 2])
})

test('refusals that differ in the caller, the permission or the service are logged for themselves', () => {
  const { lines, refuse } = setting()
  refuse()
  refuse({ subject: 'another' })
  refuse({ issuer: 'https://another.example' })
  refuse({}, { permission: 'manage' })
  refuse({}, { resource: parseServiceId('my-org', 'another') })
  refuse({}, { resource: null })
  expect(lines).toHaveLength(6)
})

test('at most 60 refusals are logged a minute, and the next minute begins with the number of the others', () => {
  const { lines, refuse, pass, explained } = setting()
  for (let caller = 0; caller < 1_000; caller++) refuse({ subject: String(caller) })
  expect([lines.length, explained()]).toEqual([60, 60])
  pass(60_000)
  refuse()
  expect(lines.slice(60)).toMatchObject([
    { level: 'warn', message: 'more callers lacked a permission than are logged', fields: { refusals: 940 } },
    { level: 'warn', message: 'a caller lacks a permission' },
  ])
})

test('callers without a token cannot hide the refusals of known callers, however many services they ask for', () => {
  const { lines, refuse, pass } = setting()
  const access = { ...openCallerAccess, explainRefusal: () => 'none' }
  const flood = () => {
    for (let at = 0; at < 1_000; at++) refuse({}, { access, resource: parseServiceId('my-org', `guess-${at}`) })
  }
  flood()
  for (let caller = 0; caller < 30; caller++) refuse({ subject: String(caller) })
  expect(lines.map(({ level }) => level)).toEqual([...Array(30).fill('info'), ...Array(30).fill('warn')])
  pass(60_000)
  flood()
  expect(lines.slice(60).map(({ level }) => level)).toEqual(['warn', ...Array(30).fill('info')])
})
