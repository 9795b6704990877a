import type { WorkerFile } from '../../../file-for-workers.ts'
import type { RunningServer } from '../../../start-server.ts'
import { exit, handleTheRest } from '../last-resort.ts'
import { openLog } from '../open-log.ts'
import type { FromWorker, ToWorker, WorkerStart } from './messages.ts'
import { toStartFailure } from './start-failure.ts'

// The program of a worker. It obeys the primary process. Ctrl-C and service managers signal all processes,
// but the primary process decides when the workers stop.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const) process.on(signal, () => {})
// The primary process is gone, and with it the writer of the store.
process.on('disconnect', () => process.exit(1))

let stop = (): void => process.exit(0)
let reload = () => {}
let fromWriter: Parameters<WorkerFile['channel']['onMessage']>[0] = () => {}

process.on('message', (message: ToWorker) => {
  if (message.kind === 'start') void run(message.start)
  else if (message.kind === 'writer') fromWriter(message.message)
  else if (message.kind === 'reload') reload()
  else stop()
})

async function run({ config, number, files }: WorkerStart): Promise<void> {
  const { log, sink } = openLog(config, number)
  handleTheRest(log, sink, 'an error that nobody handled ends the worker')
  let server: RunningServer
  try {
    // Loaded late, because the lines above have to come first.
    const { startServer } = await import('../../../start-server.ts')
    server = await startServer(config, log, { file: files && { files, channel } })
  } catch (error) {
    send({ kind: 'failed', failure: toStartFailure(error) }, () => process.exit(1))
    return
  }
  reload = server.reload
  stop = () => void server.close().then(() => exit(0, sink))
  send({ kind: 'ready', url: server.url })
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

function send(message: FromWorker, sent: () => void = () => {}): void {
  process.send?.(message, undefined, {}, sent)
}
