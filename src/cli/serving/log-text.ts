import { styleText } from 'node:util'
import { escapeUnsafe } from '../output/escape.ts'

/** How a level is shown. */
interface Level {
  readonly word: string
  readonly style: 'dim' | 'green' | 'yellow' | 'red'
}

const levels: Readonly<Record<number, Level>> = {
  10: { word: 'TRACE', style: 'dim' },
  20: { word: 'DEBUG', style: 'dim' },
  30: { word: 'INFO', style: 'green' },
  40: { word: 'WARN', style: 'yellow' },
  50: { word: 'ERROR', style: 'red' },
  60: { word: 'FATAL', style: 'red' },
}

/** A message of the log, as pino writes it. */
interface Message {
  readonly level: number
  readonly time: number
  readonly msg: string
  readonly err?: { readonly stack?: string; readonly message?: string }
}

const INDENT = '    '
const BARE = /^[\w./:@+,-]+$/

/** A message of the log for people: its time, its level, its text and its facts, then the stack of its error. */
export function toLogText(json: string): string {
  const {
    level,
    time,
    msg,
    err,
    pid: _pid,
    hostname: _hostname,
    ...facts
  } = JSON.parse(json) as Message & Record<string, unknown>
  const { word, style } = levels[level] ?? { word: String(level), style: 'dim' }
  const shown = Object.entries(facts).map(
    ([key, value]) => `${dim(`${escapeUnsafe(key)}=`)}${escapeUnsafe(show(value))}`,
  )
  const line = [dim(clock(time)), paint(style, word.padEnd(5)), escapeUnsafe(msg), ...shown].join(' ')
  const stack = (err?.stack ?? err?.message ?? '').split('\n').filter((each) => each.trim() !== '')
  return [line, ...stack.map((each) => `${INDENT}${escapeUnsafe(each.trimEnd())}`), ''].join('\n')
}

/** A message of the log as JSON that harms no terminal. It has the same meaning. */
export function toLogJson(json: string): string {
  return `${escapeUnsafe(json.trimEnd())}\n`
}

function show(value: unknown): string {
  return typeof value === 'string' && BARE.test(value) ? value : JSON.stringify(value)
}

function clock(time: number): string {
  const date = new Date(time)
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':')
}

function dim(text: string): string {
  return paint('dim', text)
}

// Respects NO_COLOR and FORCE_COLOR.
function paint(style: Level['style'], text: string): string {
  return styleText(style, text, { stream: process.stderr })
}
