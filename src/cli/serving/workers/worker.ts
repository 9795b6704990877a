import type { Socket } from 'node:net'
import type { LeaseChannel, WorkerFile } from '../../../for-workers.ts'
import type { WorkerServer } from '../../../start-server.ts'
import { exit, handleTheRest } from '../last-resort.ts'
import { openLog } from '../open-log.ts'
import type { FromWorker, ToWorker, WorkerStart } from './messages.ts'
import { toStartFailure } from './start-failure.ts'

// The program of a worker. It obeys the primary process. Ctrl-C and service managers signal all processes, but the primary
// process decides when the workers stop.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const) process.on(signal, () => {})
// The primary process is gone, and with it the writer of the store.
process.on('disconnect', () => process.exit(1))

let server: WorkerServer | undefined
// Files that change during the start may have been read before.
let reloadsAfterStart = false
let stop = (): void => process.exit(0)
let onGrants: Parameters<LeaseChannel['onGrants']>[0] = () => {}
let fromWriter: Parameters<WorkerFile['channel']['onMessage']>[0] = () => {}

process.on('message', (message: ToWorker, socket?: Socket) => {
  if (message.kind === 'start') void run(message.start)
  else if (message.kind === 'connection') send({ kind: 'taken', open: (socket && server?.accept(socket)) ?? 0 })
  else if (message.kind === 'writer') fromWriter(message.message)
  else if (message.kind === 'grants') onGrants(message.grants)
  else if (message.kind === 'listening') server?.listensOn(message.address)
  else if (message.kind === 'read-metrics') void sendMetrics()
  else if (message.kind === 'reload') reload()
  else stop()
})

async function run({ config, number, file }: WorkerStart): Promise<void> {
  const { log, sink } = openLog(config, number)
  handleTheRest(log, sink, 'an error that nobody handled ends the worker')
  try {
    // Loaded late, because the lines above have to come first.
    const { startWorker } = await import('../../../start-server.ts')
    const started = await startWorker(config, log, { file: file && { ...file, channel }, rates })
    server = started
    stop = () => void started.close().then(() => exit(0, sink))
    send({ kind: 'ready' })
    if (reloadsAfterStart) started.reload()
  } catch (error) {
    send({ kind: 'failed', failure: toStartFailure(error) }, () => process.exit(1))
  }
}

function reload(): void {
  if (server === undefined) reloadsAfterStart = true
  else server.reload()
}

async function sendMetrics(): Promise<void> {
  const snapshot = await server?.readMetrics?.()
  if (snapshot) send({ kind: 'metrics', snapshot })
}

const channel: WorkerFile['channel'] = {
  send: (appends) => send({ kind: 'appends', appends }),
  onMessage: (receive) => {
    fromWriter = receive
  },
  onEnd: (callback) => {
    process.on('disconnect', () => callback(new Error('the primary process has ended')))
  },
}

const rates: LeaseChannel = {
  send: (requests) => send({ kind: 'leases', requests }),
  onGrants: (receive) => {
    onGrants = receive
  },
}

function send(message: FromWorker, sent: () => void = () => {}): void {
  process.send?.(message, undefined, {}, sent)
}
