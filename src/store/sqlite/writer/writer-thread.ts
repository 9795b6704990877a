import { DatabaseSync } from 'node:sqlite'
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { findLostFile } from '../file-identity.ts'
import { BatchWriter } from './batch-writer.ts'
import { Checkpoints } from './checkpoints.ts'
import { Gathering } from './gathering.ts'
import { Inbox } from './inbox.ts'
import { type Answer, type FromWriter, monotonicMs, type ToWriter, type WriterSettings } from './messages.ts'

// Runs in a thread of its own: a commit waits for the disk, and reads must not wait for it. This file and its imports
// stay few and small, because they are loaded again in each thread.

const CACHE_KIB = 16 * 1024
const OPEN_TIMEOUT_MS = 5_000

const { path, files } = workerData as WriterSettings
const port = parentPort as MessagePort

// Before it opens the file: SQLite would apply the write-ahead log of the old file to a new one.
endIfLost()
const db = new DatabaseSync(path, { timeout: OPEN_TIMEOUT_MS })
db.exec(`PRAGMA synchronous = FULL; PRAGMA mmap_size = 0; PRAGMA cache_size = -${CACHE_KIB}`)
const inbox = new Inbox(port)
const batches = new BatchWriter(db, inbox)
const gathering = new Gathering(inbox)
const checkpoints = new Checkpoints(db)

port.on('message', (message: ToWriter) => {
  inbox.add(message)
  while (inbox.receive() > 0) writeAll()
  if (inbox.isClosing) end()
})

function writeAll(): void {
  gathering.wait()
  if (!begin()) return
  const start = monotonicMs()
  const answers = batches.commit()
  gathering.committed(answers.length, monotonicMs() - start)
  endIfLost()
  send(answers)
  checkpoints.afterCommit(countWritten(answers))
}

function countWritten(answers: readonly Answer[]): number {
  return answers.reduce((count, answer) => count + ('written' in answer ? answer.written : 0), 0)
}

function begin(): boolean {
  const beginning = batches.begin()
  for (;;) {
    const { done, value } = beginning.next()
    if (done) return value
    send(value)
  }
}

function end(): void {
  endIfLost()
  checkpoints.finish()
  db.close()
  port.close()
}

/** Ends the thread if the names of the files no longer lead to the files in use. It answers nothing after that. */
function endIfLost(): void {
  const lost = findLostFile(files)
  if (lost === undefined) return
  send({ lost })
  process.exit()
}

function send(message: FromWriter): void {
  port.postMessage(message)
}
