import { MongoError, MongoNetworkError, MongoServerError, MongoServerSelectionError } from 'mongodb'
import { storeUnavailable } from '../unavailable.ts'

// https://github.com/mongodb/mongo/blob/master/src/mongo/base/error_codes.yml
export const UNAUTHORIZED = 13
const AUTHENTICATION_FAILED = 18
export const INDEX_NOT_FOUND = 27
export const NAMESPACE_EXISTS = 48
export const WRITE_CONFLICT = 112
export const FAILED_VALIDATION = 121
export const DUPLICATE_KEY = 11_000

/**
 * The consequence of an error of the driver.
 *
 * - `retry`: a connection broke, or another server is about to become the primary. A second try can succeed at once.
 * - `unavailable`: a second try at once would fail, too. The operator may have to do something.
 * - `conflict`: another writer was first. Only inserts meet it, and they deal with it.
 * - `defect`: the command was wrong, so this program has a defect.
 */
export type Consequence = 'retry' | 'unavailable' | 'conflict' | 'defect'

/** Errors that have the same consequence for the same cause. */
export interface ErrorRow {
  /** The cause, for people. */
  readonly cause: string
  readonly consequence: Consequence
  /** The advice for the operator. */
  readonly remedy?: string
  readonly codes?: readonly number[]
  /** Labels that the server or the driver adds to its errors. */
  readonly labels?: readonly string[]
  /** Names of errors that the driver makes itself. It does not export the classes of all of them. */
  readonly names?: readonly string[]
  readonly matches?: (error: Error) => boolean
}

/** The only classification of the errors of the driver. The first row that matches counts. */
export const errorTable: readonly ErrorRow[] = [
  { cause: 'another entry has the generation', consequence: 'conflict', codes: [DUPLICATE_KEY] },
  { cause: 'the collection no longer accepts the form', consequence: 'conflict', codes: [FAILED_VALIDATION] },
  {
    cause: 'the user lacks a privilege',
    consequence: 'unavailable',
    remedy: 'give the user the role readWrite on the database',
    codes: [UNAUTHORIZED],
  },
  {
    cause: 'the deployment does not accept the user or the password',
    consequence: 'unavailable',
    remedy: 'check the user, the password and authSource in the connection string',
    codes: [AUTHENTICATION_FAILED, 11],
  },
  {
    cause: 'all connections of the pool are in use',
    consequence: 'unavailable',
    remedy: 'raise maxPoolSize in the connection string',
    names: ['MongoWaitQueueTimeoutError'],
  },
  { cause: 'no primary was found in time', consequence: 'unavailable', matches: isSelectionError },
  { cause: 'the operation took too long', consequence: 'unavailable', codes: [50] },
  { cause: 'somebody ended the operation', consequence: 'unavailable', codes: [11_601] },
  {
    cause: 'the server lacks memory or space on its disk',
    consequence: 'unavailable',
    remedy: 'look at the log of the MongoDB server',
    codes: [146, 365, 14_031],
  },
  { cause: 'the server is overloaded', consequence: 'unavailable', labels: ['SystemOverloadedError'] },
  {
    cause: 'the replica set has too few members for the write concern',
    consequence: 'unavailable',
    remedy: 'check the members of the replica set',
    codes: [79, 100],
  },
  {
    cause: 'the version of the deployment is too old or too new',
    consequence: 'unavailable',
    remedy: 'use MongoDB 4.4 or newer',
    names: ['MongoCompatibilityError'],
  },
  {
    cause: 'the server is not the primary, is shutting down, or cannot reach another server',
    consequence: 'retry',
    codes: [6, 7, 70, 89, 91, 189, 202, 262, 9_001, 10_058, 10_107, 11_600, 11_602, 13_435, 13_436],
    labels: ['RetryableWriteError', 'PoolRequestedRetry', 'RetryableError'],
  },
  { cause: 'a majority did not confirm the write in time', consequence: 'retry', codes: [64] },
  { cause: 'the server does not know yet what a majority has', consequence: 'retry', codes: [134] },
  {
    cause: 'a lock was taken or another write was at the same place',
    consequence: 'retry',
    codes: [24, 46, WRITE_CONFLICT],
  },
  { cause: 'the server lost the cursor or the plan of the query', consequence: 'retry', codes: [43, 175, 237] },
  { cause: 'a shard has moved', consequence: 'retry', codes: [63, 133, 150] },
  // This includes timeouts and connections of a pool that was cleared.
  { cause: 'the connection broke', consequence: 'retry', matches: isConnectionError },
  {
    cause: 'the client was closed because a new one has taken its place',
    consequence: 'retry',
    names: [
      'MongoClientClosedError',
      'MongoTopologyClosedError',
      'MongoServerClosedError',
      'MongoPoolClosedError',
      'MongoNotConnectedError',
      'MongoExpiredSessionError',
    ],
  },
  { cause: 'the document is too large', consequence: 'defect', codes: [10_334, 17_280, 17_419, 17_420] },
]

const ANY_OTHER: ErrorRow = { cause: 'the command was wrong', consequence: 'defect' }

/** The row for an error of the driver. Undefined: the error has nothing to do with the deployment. */
export function rowOf(error: unknown): ErrorRow | undefined {
  if (!(error instanceof Error)) return undefined
  const row = errorTable.find((each) => isIn(each, error))
  return row ?? (error instanceof MongoError ? ANY_OTHER : undefined)
}

/** Whether an operation that failed with this error may succeed if it is tried again at once. */
export function isWorthRetrying(error: unknown): boolean {
  return rowOf(error)?.consequence === 'retry'
}

/** The error for the caller of the store. Only an outage changes: into `STORE_UNAVAILABLE`, with the remedy in its cause. */
export function toStoreError(error: unknown): unknown {
  const row = rowOf(error)
  if (row?.consequence !== 'retry' && row?.consequence !== 'unavailable') return error
  return storeUnavailable(row.remedy === undefined ? error : new Error(`${explain(row, error)}.`, { cause: error }))
}

/** Whether a server refused a command with this code. */
export function hasCode(error: unknown, code: number): boolean {
  return error instanceof MongoServerError && error.code === code
}

/** A message of a server without the command that it repeats, whose ids mean nothing to people. */
export function withoutCommand(message: string): string {
  return message.replace(/(to execute command) \{ (\w+):.*$/s, '$1 $2')
}

function explain({ cause, remedy }: ErrorRow, error: unknown): string {
  const message = error instanceof Error ? withoutCommand(error.message).replace(/\.$/, '') : String(error)
  return `${cause} (${message}); ${remedy}`
}

function isIn({ codes, labels, names, matches }: ErrorRow, error: Error): boolean {
  if (names?.includes(error.name) || matches?.(error)) return true
  if (!(error instanceof MongoError)) return false
  return codes?.includes(Number(error.code)) || labels?.some((label) => error.hasErrorLabel(label)) || false
}

function isSelectionError(error: Error): boolean {
  return error instanceof MongoServerSelectionError
}

// The driver passes on system errors, such as EPIPE for a write to a socket that the server has closed (seen with version
// 7.9).
function isConnectionError(error: Error): boolean {
  return error instanceof MongoNetworkError || ('code' in error && /^E[A-Z]+$/.test(String(error.code)))
}
