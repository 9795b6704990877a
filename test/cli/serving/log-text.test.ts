import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { toLogJson, toLogText } from '../../../src/cli/serving/log-text.ts'

const message = (fields: object) => `${JSON.stringify({ level: 30, time: 0, pid: 1, hostname: 'h', ...fields })}\n`
const clock = /\d\d:\d\d:\d\d/.source
const lines = (text: string) => stripVTControlCharacters(text).split('\n')

test('a message for people has its time, its level, its text and its facts', () => {
  const text = toLogText(message({ msg: 'listening', url: 'http://127.0.0.1:8080', basePath: '', count: 3 }))
  expect(lines(text)).toEqual([
    expect.stringMatching(new RegExp(`^${clock} INFO  listening url=http://127.0.0.1:8080 basePath="" count=3$`)),
    '',
  ])
})

test.for([
  [10, 'TRACE'],
  [20, 'DEBUG'],
  [30, 'INFO'],
  [40, 'WARN'],
  [50, 'ERROR'],
  [60, 'FATAL'],
] as const)('a message of the level %i says %s', ([level, word]) => {
  expect(lines(toLogText(message({ level, msg: 'm' })))[0]).toMatch(new RegExp(`^${clock} ${word.padEnd(5)} m$`))
})

test('the stack of an error follows its message, a line each', () => {
  const text = toLogText(message({ level: 50, err: { stack: 'Error: no\n    at a\n    at b' }, msg: 'a call failed' }))
  expect(lines(text).slice(1)).toEqual(['    Error: no', '        at a', '        at b', ''])
})

const HOSTILE = 'a\x1b[2J\x07b\u009b31m\u202ec\r\nINFO d\u2028e'

test('text of others can neither control a terminal nor imitate a line of the log', () => {
  const text = toLogText(message({ [HOSTILE]: HOSTILE, err: { stack: HOSTILE }, msg: HOSTILE }))
  const rest = lines(text).join('')
  expect(rest).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}]/u)
  // The line breaks of a stack are its own.
  expect(lines(text)).toHaveLength(4)
})

test('a line of JSON can control no terminal either, and means the same', () => {
  const line = message({ msg: HOSTILE })
  const safe = toLogJson(line)
  expect(safe.trimEnd()).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}]/u)
  expect(JSON.parse(safe)).toEqual(JSON.parse(line))
})
