import { Revision_View } from '../../../../gen/waypost/v1/revision_pb.ts'
import { ServiceRegistry } from '../../../../gen/waypost/v1/service_registry_pb.ts'
import { viewRevision } from '../../../registry/core/views.ts'
import { deleteRevision } from '../../../registry/revisions/delete-revision.ts'
import { getRevision } from '../../../registry/revisions/get-revision.ts'
import { deprecate, undeprecate, unyank, yank } from '../../../registry/revisions/lifecycle.ts'
import { listRevisions } from '../../../registry/revisions/list-revisions.ts'
import { register } from '../../../registry/revisions/register.ts'
import { updateRevision } from '../../../registry/revisions/update-revision.ts'
import { payloadsOf } from '../../../store/store.ts'
import { inTurns } from '../../../turns.ts'
import { asksPast } from '../decode/at.ts'
import { toRule } from '../decode/lookup-rule.ts'
import {
  toDeleteCommand,
  toDeprecateCommand,
  toGetQuery,
  toListRevisionsQuery,
  toRegisterCommand,
  toUndeprecateCommand,
  toUnyankCommand,
  toYankCommand,
} from '../decode/revisions.ts'
import { toUpdateCommand } from '../decode/update-revision.ts'
import { fromEffect } from '../encode/effect.ts'
import { fromRevision } from '../encode/revision.ts'
import { defineMethod } from '../method.ts'

const { method } = ServiceRegistry

/** The methods about one revision, and about the revisions of a service. */
export const revisionMethods = {
  register: defineMethod({
    method: method.register,
    permission: 'register',
    resource: ({ sruid }) => sruid,
    decode: toRegisterCommand,
    run: register,
    encode: ({ revision, replayed }) => ({ revision: fromRevision(revision), replayed }),
    success: {
      all: [201, 200],
      statusOf: ({ replayed }, { validateOnly }) => (replayed || validateOnly ? 200 : 201),
    },
  }),
  get: defineMethod({
    method: method.get,
    permission: 'read',
    resource: ({ service }) => service,
    decode: toGetQuery,
    ruleOf: toRule,
    run: getRevision,
    encode: ({ snapshot, revision, explanation }, request) => ({
      revision: fromRevision(viewRevision(revision, snapshot), {
        ...{ view: request.view, explanation },
        isPast: asksPast(request),
      }),
    }),
    // Without an explanation, the basic view is the same for each call that finds the same snapshot, or the same candidate
    // of it.
    kept: ({ snapshot, revision, chosenBy, explanation }, request) =>
      request.view === Revision_View.FULL || explanation !== null || asksPast(request)
        ? undefined
        : payloadsOf(chosenBy === null ? snapshot : revision),
  }),
  updateRevision: defineMethod({
    method: method.updateRevision,
    permission: 'manage',
    resource: ({ sruid }) => sruid,
    decode: toUpdateCommand,
    run: updateRevision,
    encode: (revision) => ({ revision: fromRevision(revision) }),
  }),
  deprecate: defineMethod({
    method: method.deprecate,
    permission: 'manage',
    resource: ({ sruid }) => sruid,
    decode: toDeprecateCommand,
    run: deprecate,
    encode: ({ revision }) => ({ revision: fromRevision(revision) }),
  }),
  undeprecate: defineMethod({
    method: method.undeprecate,
    permission: 'manage',
    resource: ({ sruid }) => sruid,
    decode: toUndeprecateCommand,
    run: undeprecate,
    encode: ({ revision }) => ({ revision: fromRevision(revision) }),
  }),
  yank: defineMethod({
    method: method.yank,
    permission: 'manage',
    resource: ({ sruid }) => sruid,
    decode: toYankCommand,
    run: yank,
    encode: ({ revision, defaultTag }) => ({ revision: fromRevision(revision), defaultRevisionTag: defaultTag ?? '' }),
  }),
  unyank: defineMethod({
    method: method.unyank,
    permission: 'manage',
    resource: ({ sruid }) => sruid,
    decode: toUnyankCommand,
    run: unyank,
    encode: ({ revision }) => ({ revision: fromRevision(revision) }),
  }),
  deleteRevision: defineMethod({
    method: method.deleteRevision,
    permission: 'delete',
    resource: ({ sruid }) => sruid,
    decode: toDeleteCommand,
    run: deleteRevision,
    encode: ({ effect }) => (effect ? { effect: fromEffect(effect) } : {}),
  }),
  listRevisions: defineMethod({
    method: method.listRevisions,
    permission: 'read',
    resource: ({ service }) => service,
    decode: toListRevisionsQuery,
    hasPages: true,
    run: listRevisions,
    encode: async ({ items, nextPageToken, generation }, { view }) => ({
      revisions: await inTurns(items, (item) => fromRevision(item, { view })),
      ...{ nextPageToken, generation: BigInt(generation) },
    }),
  }),
}
