import { describe } from 'vitest'
import { apis } from './api.ts'
import { describeOn, describeOverEachProtocol, type Subject } from './behaviour.ts'
import { mongoSkipReason, mongoStorage } from './mongo-storage.ts'

/**
 * Describes a behaviour that a store has a part in: on SQLite over each protocol, and on MongoDB over one. No store knows
 * which protocol a call came by, so the other pairs would show nothing new.
 */
export function describeBehaviour(name: string, define: (subject: Subject) => void): void {
  describeOverEachProtocol(name, define)
  const reason = mongoSkipReason()
  describe.skipIf(reason)(`${name}, on MongoDB${reason ? ` (${reason})` : ''}`, () => {
    describeOn(mongoStorage, { gRPC: apis.gRPC }, define)
  })
}
