import { describe } from 'vitest'
import { apis } from './api.ts'
import { describeOn, describeOverEachProtocol, type Subject } from './behaviour.ts'
import { mongoSkipReason, mongoStorage } from './mongo-storage.ts'
import { isOnReplicaSet } from './mongo-topology.ts'
import { sqliteStorage } from './storage.ts'

/**
 * Describes a behaviour that depends on the store. It is tested on SQLite over each protocol, and on MongoDB over one.
 * No store knows the protocol of a call, so the other pairs would show nothing new.
 */
export function describeBehaviour(name: string, define: (subject: Subject) => void): void {
  describeOverEachProtocol(name, define)
  describeOnMongo(name, define)
}

/**
 * Describes a rule that does not depend on the protocol. It is tested on each kind of store, over one protocol.
 * `every-field.test.ts` and `bad-requests.test.ts` show that each protocol carries every field.
 */
export function describeRule(name: string, define: (subject: Subject) => void): void {
  if (!isOnReplicaSet)
    describe(`${name}, on SQLite`, () => describeOn(sqliteStorage, { Connect: apis.Connect }, define))
  describeOnMongo(name, define)
}

function describeOnMongo(name: string, define: (subject: Subject) => void): void {
  const reason = mongoSkipReason
  describe.skipIf(reason)(`${name}, on MongoDB${reason ? ` (${reason})` : ''}`, () => {
    describeOn(mongoStorage, { gRPC: apis.gRPC }, define)
  })
}
