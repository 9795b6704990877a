import { Socket } from 'node:net'
import { Worker } from 'node:worker_threads'
import { killGroup } from '../kill-group.ts'
import { type Answer, CHANNEL_FD, MOST_TEXT, type Question, type Watched } from '../messages.ts'
import { type AnswerForm, toModuleAnswer } from './answer-forms.ts'
import { requireContext } from './context-export.ts'

// The program of the process in which a module runs. So the module can end or block only this process.

type ModuleFunction = (...args: readonly unknown[]) => unknown

interface LoadedModule {
  readonly call: ModuleFunction
  readonly context: readonly string[]
}

const [, , moduleUrl = '', mostMib, noun = 'module', form = 'boolean', ...contextNames] = process.argv
const channel = new Socket({ fd: CHANNEL_FD, readable: true, writable: true })
const EXTENSION = import.meta.url.slice(import.meta.url.lastIndexOf('.'))
new Worker(new URL(`./watchdog${EXTENSION}`, import.meta.url), {
  workerData: { parent: process.ppid, mostMib: Number(mostMib), noun } satisfies Watched,
}).unref()

// A service manager or a terminal may signal all processes. This one is needed until the server has answered its calls.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})
// An error that belongs to no question fails none of them. The server logs it.
for (const event of ['uncaughtException', 'unhandledRejection'])
  process.on(event, (error: unknown) => process.stderr.write(`${describe(error)}\n`))
for (const stream of [process.stdout, process.stderr, channel]) stream.on('error', () => {})
// The server is gone, and the processes that the module has started would stay behind.
channel.on('close', () => killGroup(process.pid))

const loaded = await load().catch((error: unknown) => {
  send({ kind: 'unusable', error: describe(error instanceof Error ? error.message : error) })
})
if (loaded !== undefined) {
  let rest = ''
  channel.setEncoding('utf8').on('data', (text: string) => {
    const lines = `${rest}${text}`.split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) answer(loaded.call, JSON.parse(line) as Question).then(send)
  })
  send({ kind: 'ready', context: loaded.context })
}

async function load(): Promise<LoadedModule> {
  const { default: call, context } = (await import(moduleUrl)) as { default?: ModuleFunction; context?: unknown }
  if (typeof call !== 'function') throw new TypeError(`the default export of the ${noun} is not a function`)
  return { call, context: contextNames.length === 0 ? [] : requireContext(context, { noun, names: contextNames }) }
}

async function answer(call: ModuleFunction, { id, args }: Question): Promise<Answer> {
  try {
    return { kind: 'answer', id, answer: toModuleAnswer(await call(...args), form as AnswerForm) }
  } catch (error) {
    return { kind: 'failure', id, error: describe(error) }
  }
}

function send(answer: Answer): void {
  channel.write(`${JSON.stringify(answer)}\n`)
}

// Reading an error can fail, too: a module may throw anything.
function describe(error: unknown): string {
  try {
    return String(error instanceof Error ? (error.stack ?? error.message) : error).slice(0, MOST_TEXT)
  } catch {
    return `the ${noun} threw a value that has no text`
  }
}
