import { ServiceRegistry } from '../../../../gen/waypost/v1/service_registry_pb.ts'
import { deleteAlias } from '../../../registry/aliases/delete-alias.ts'
import { getAlias, listAliases } from '../../../registry/aliases/read-aliases.ts'
import { setAlias } from '../../../registry/aliases/set-alias.ts'
import { clearDefault, setDefault } from '../../../registry/defaults/set-default.ts'
import { testPolicy } from '../../../registry/defaults/test-policy.ts'
import { listNamespaces } from '../../../registry/services/list-namespaces.ts'
import { listServices } from '../../../registry/services/list-services.ts'
import { asksPast } from '../decode/at.ts'
import { toSruid } from '../decode/common.ts'
import {
  toAliasesQuery,
  toAliasQuery,
  toClearDefaultCommand,
  toDeleteAliasCommand,
  toListServicesQuery,
  toSetAliasCommand,
  toSetDefaultCommand,
} from '../decode/services.ts'
import { fromEffect } from '../encode/effect.ts'
import { fromAlias, fromService } from '../encode/service.ts'
import { defineMethod } from '../method.ts'

const { method } = ServiceRegistry

/** The methods about a service: its default and its aliases, and the lists of services. */
export const serviceMethods = {
  setDefault: defineMethod({
    method: method.setDefault,
    permission: 'manage',
    resource: ({ service }) => service,
    decode: toSetDefaultCommand,
    run: setDefault,
    encode: (service) => ({ service: fromService(service) }),
  }),
  clearDefault: defineMethod({
    method: method.clearDefault,
    permission: 'manage',
    resource: ({ service }) => service,
    decode: toClearDefaultCommand,
    run: clearDefault,
    encode: (service) => ({ service: fromService(service) }),
  }),
  testPolicy: defineMethod({
    method: method.testPolicy,
    permission: 'read',
    resource: (sruid) => sruid,
    decode: toSruid,
    run: testPolicy,
    encode: ({ policy, becomesDefault, context }) => ({
      policy,
      becomesDefault,
      currentDefault: context.currentDefault ?? '',
      highestVersion: context.highestSemver ?? '',
      highestRelease: context.highestRelease ?? '',
      recentTags: [...(context.recentTags ?? [])],
    }),
  }),
  setAlias: defineMethod({
    method: method.setAlias,
    permission: 'manage',
    resource: ({ service }) => service,
    decode: toSetAliasCommand,
    run: setAlias,
    encode: (alias) => ({ alias: fromAlias(alias) }),
  }),
  getAlias: defineMethod({
    method: method.getAlias,
    permission: 'read',
    resource: ({ service }) => service,
    decode: toAliasQuery,
    run: getAlias,
    encode: ({ alias, generation }, request) => ({
      alias: { ...fromAlias(alias), ...(asksPast(request) && { generation: BigInt(generation) }) },
    }),
  }),
  deleteAlias: defineMethod({
    method: method.deleteAlias,
    permission: 'manage',
    resource: ({ service }) => service,
    decode: toDeleteAliasCommand,
    run: deleteAlias,
    encode: ({ effect }) => (effect ? { effect: fromEffect(effect) } : {}),
  }),
  listAliases: defineMethod({
    method: method.listAliases,
    permission: 'read',
    resource: ({ service }) => service,
    decode: toAliasesQuery,
    run: listAliases,
    encode: ({ aliases, serviceEtag, generation }) => ({
      ...{ aliases: aliases.map(fromAlias), serviceEtag },
      generation: BigInt(generation),
    }),
  }),
  listServices: defineMethod({
    method: method.listServices,
    permission: 'read',
    resource: () => null,
    decode: toListServicesQuery,
    hasPages: true,
    run: listServices,
    encode: ({ items, nextPageToken }) => ({ services: items.map(fromService), nextPageToken }),
  }),
  listNamespaces: defineMethod({
    method: method.listNamespaces,
    permission: 'read',
    resource: () => null,
    decode: ({ pageSize, pageToken }) => ({ pageSize, pageToken }),
    hasPages: true,
    run: listNamespaces,
    encode: ({ items, nextPageToken }) => ({ namespaces: [...items], nextPageToken }),
  }),
}
