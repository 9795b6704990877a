import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { startWaypost, type Waypost } from './servers.ts'

/** The inspector of a Node process or thread. https://chromedevtools.github.io/devtools-protocol/v8/ */
export interface Inspector {
  /** Calls a method. Resolves with its result. */
  post(method: string, parameters?: object): Promise<unknown>
}

/** A connection to the inspector of a process. */
export interface InspectorConnection extends Inspector, Disposable {
  /** Calls the listener for each event. */
  onEvent(listener: (event: InspectorEvent) => void): void
}

interface InspectorEvent {
  readonly method: string
  readonly params: { readonly sessionId: string; readonly message: string }
}

interface Answer {
  readonly id: number
  readonly result?: unknown
  readonly error?: { readonly message: string }
}

/** Starts `waypost serve` with its inspector. The inspector alone does not make the server slower. */
export async function startInspected(store: string, args: readonly string[] = []): Promise<Waypost> {
  return startWaypost(store, { args, env: { NODE_OPTIONS: '--inspect=127.0.0.1:0' } })
}

/** Connects with the inspector of a server that `startInspected` has started. */
export async function openInspector(server: Waypost): Promise<InspectorConnection> {
  const socket = new WebSocket(await inspectorUrl(server))
  await once(socket, 'open')
  const calls = new Calls((text) => socket.send(text))
  const listeners: ((event: InspectorEvent) => void)[] = []
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(String(data)) as Answer | InspectorEvent
    if ('id' in message) calls.answer(message)
    else listeners.forEach((listener) => void listener(message))
  })
  return {
    post: (method, parameters) => calls.post(method, parameters),
    onEvent: (listener) => listeners.push(listener),
    [Symbol.dispose]: () => socket.close(),
  }
}

/** The inspectors of the threads that a process has started. */
export async function openThreads(inspector: InspectorConnection): Promise<Inspector[]> {
  const threads = new Map<string, Calls>()
  inspector.onEvent(({ method, params: { sessionId, message } }) => {
    if (method === 'NodeWorker.attachedToWorker') {
      const send = (text: string) => inspector.post('NodeWorker.sendMessageToWorker', { sessionId, message: text })
      threads.set(sessionId, new Calls(send))
    }
    if (method === 'NodeWorker.receivedMessageFromWorker') threads.get(sessionId)?.answer(JSON.parse(message))
  })
  // The events of the threads come before the answer.
  await inspector.post('NodeWorker.enable', { waitForDebuggerOnStart: false })
  return [...threads.values()]
}

/** Calls of an inspector that wait for their answers. */
class Calls implements Inspector {
  readonly #send: (text: string) => unknown
  readonly #waiting = new Map<number, (answer: Answer) => void>()
  #count = 0

  constructor(send: (text: string) => unknown) {
    this.#send = send
  }

  async post(method: string, parameters: object = {}): Promise<unknown> {
    const id = ++this.#count
    const answered = new Promise<Answer>((resolve) => this.#waiting.set(id, resolve))
    this.#send(JSON.stringify({ id, method, params: parameters }))
    const { result, error } = await answered
    if (error !== undefined) throw new Error(`the inspector refused ${method}: ${error.message}`)
    return result
  }

  answer(answer: Answer): void {
    this.#waiting.get(answer.id)?.(answer)
    this.#waiting.delete(answer.id)
  }
}

// Node writes `Debugger listening on ws://127.0.0.1:40123/5a8c…` to stderr before the program begins.
async function inspectorUrl({ stderr }: Waypost): Promise<string> {
  for (let tries = 0; tries < 100; tries++) {
    const url = /Debugger listening on (ws:\S+)/.exec(stderr())?.[1]
    if (url !== undefined) return url
    await setTimeout(10)
  }
  throw new Error(`the server has no inspector: ${stderr()}`)
}
