import { Socket } from 'node:net'
import { Worker } from 'node:worker_threads'
import type { DefaultPolicy } from '../../domain/default-policy.ts'
import { killGroup } from '../kill-group.ts'
import { type Answer, CHANNEL_FD, MOST_TEXT, type Question, type Watched } from '../messages.ts'

// The program of the process in which a policy module runs. So the module can end or block only this process.

const channel = new Socket({ fd: CHANNEL_FD, readable: true, writable: true })
const EXTENSION = import.meta.url.slice(import.meta.url.lastIndexOf('.'))
new Worker(new URL(`./watchdog${EXTENSION}`, import.meta.url), {
  workerData: { parent: process.ppid, mostMib: Number(process.argv[3]) } satisfies Watched,
}).unref()

// A service manager or a terminal may signal all processes. This one is needed until the server has answered its calls.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})
// An error that belongs to no decision fails none of them. The server logs it.
for (const event of ['uncaughtException', 'unhandledRejection'])
  process.on(event, (error: unknown) => process.stderr.write(`${describe(error)}\n`))
for (const stream of [process.stdout, process.stderr, channel]) stream.on('error', () => {})
// The server is gone, and the processes that the module has started would stay behind.
channel.on('close', () => killGroup(process.pid))

const policy = await load(process.argv[2] ?? '').catch((error: unknown) => {
  send({ kind: 'unusable', error: describe(error instanceof Error ? error.message : error) })
})
if (policy !== undefined) {
  let rest = ''
  channel.setEncoding('utf8').on('data', (text: string) => {
    const lines = `${rest}${text}`.split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) decide(policy, JSON.parse(line) as Question).then(send)
  })
  send({ kind: 'ready' })
}

async function load(moduleUrl: string): Promise<DefaultPolicy> {
  const { default: loaded } = (await import(moduleUrl)) as { default?: DefaultPolicy }
  if (typeof loaded === 'function') return loaded
  throw new TypeError('the default export of the policy module is not a function')
}

async function decide(decideDefault: DefaultPolicy, { id, candidate, context }: Question): Promise<Answer> {
  try {
    const answer: unknown = await decideDefault(candidate, context)
    return { kind: 'answer', id, answer: typeof answer === 'boolean' ? answer : String(answer).slice(0, MOST_TEXT) }
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
    return 'the policy module threw a value that has no text'
  }
}
