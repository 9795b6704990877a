import { setTimeout as sleep } from 'node:timers/promises'
import { fromBinary } from '@bufbuild/protobuf'
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt'
import { Code, createClient } from '@connectrpc/connect'
import { createGrpcTransport } from '@connectrpc/connect-node'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { ServerReflection as V1 } from '../../../gen/grpc/reflection/v1/reflection_pb.ts'
import { ServerReflection as V1Alpha } from '../../../gen/grpc/reflection/v1alpha/reflection_pb.ts'
import { defaultLimits } from '../../../src/server/limits.ts'
import type { RunningServer } from '../../../src/start-server.ts'
import { startInProcess } from '../../support/in-process.ts'
import { listeningRegistry } from '../../support/listening-registry.ts'
import { type Storage, sqliteStorage } from '../../support/storage.ts'

type Question = { readonly case: string; readonly value: unknown }

let storage: Storage
let server: RunningServer
beforeAll(async () => {
  storage = await sqliteStorage()
  server = await startInProcess(storage)
})
afterAll(async () => {
  await server.close()
  await storage.remove()
})

describe.each([
  ['v1', V1],
  ['v1alpha', V1Alpha],
])('server reflection %s', (_version, service) => {
  /** Asks all questions on one stream, and resolves with the answers in the same order. */
  async function ask(...questions: readonly Question[]) {
    const client = createClient(service as typeof V1, createGrpcTransport({ baseUrl: server.url }))
    const answers = []
    async function* requests() {
      for (const messageRequest of questions) yield { host: 'a', messageRequest: messageRequest as never }
    }
    for await (const answer of client.serverReflectionInfo(requests())) answers.push(answer)
    return answers
  }
  const askOne = async (question: Question) => (await ask(question))[0]?.messageResponse
  const filesOf = async (question: Question) => {
    const answer = await askOne(question)
    if (answer?.case !== 'fileDescriptorResponse') throw new Error(JSON.stringify(answer))
    return answer.value.fileDescriptorProto.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes))
  }

  test('reflection lists the services, including itself', async () => {
    expect(await askOne({ case: 'listServices', value: '' })).toMatchObject({
      value: {
        service: [
          { name: 'waypost.v1.ServiceRegistry' },
          { name: 'grpc.health.v1.Health' },
          { name: 'grpc.reflection.v1.ServerReflection' },
          { name: 'grpc.reflection.v1alpha.ServerReflection' },
        ],
      },
    })
  })

  test.each([
    ['fileByFilename', 'waypost/v1/service_registry.proto', 'a file'],
    ['fileContainingSymbol', 'waypost.v1.ServiceRegistry', 'a service'],
    ['fileContainingSymbol', 'waypost.v1.ServiceRegistry.Get', 'a method'],
    ['fileContainingSymbol', 'waypost.v1.GetRequest', 'a message'],
    ['fileContainingSymbol', 'waypost.v1.GetRequest.namespace', 'a field'],
  ])('reflection answers %s %s with the file and all its imports (%s)', async (question, value) => {
    const files = await filesOf({ case: question, value })
    expect(files[0]).toMatchObject({
      name: 'waypost/v1/service_registry.proto',
      service: [
        { name: 'ServiceRegistry', method: expect.arrayContaining([expect.objectContaining({ name: 'Get' })]) },
      ],
    })
    const names = files.map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining(files.flatMap(({ dependency }) => dependency)))
  })

  test.each([
    ['google.rpc.ErrorInfo', 'google/rpc/error_details.proto', 'a message that errors carry'],
    ['grpc.health.v1.HealthCheckResponse.ServingStatus', 'health/v1/health.proto', 'an enum in a message'],
    ['google.api.http', 'google/api/annotations.proto', 'an extension'],
  ])('reflection finds %s in %s (%s)', async (value, name) => {
    expect((await filesOf({ case: 'fileContainingSymbol', value }))[0]?.name).toBe(name)
  })

  test('reflection finds the extensions of a message by number', async () => {
    const containingType = 'google.protobuf.MethodOptions'
    const value = { containingType, extensionNumber: 72_295_728 }
    expect((await filesOf({ case: 'fileContainingExtension', value }))[0]?.name).toBe('google/api/annotations.proto')
    expect(await askOne({ case: 'allExtensionNumbersOfType', value: containingType })).toMatchObject({
      value: { baseTypeName: containingType, extensionNumber: [72_295_728] },
    })
  })

  test.each([
    ['fileByFilename', 'nothing.proto'],
    ['fileByFilename', '/etc/passwd'],
    ['fileContainingSymbol', 'waypost.v1.Nothing'],
    ['fileContainingSymbol', ''],
    ['fileContainingExtension', { containingType: 'google.protobuf.MethodOptions', extensionNumber: 1 }],
    ['allExtensionNumbersOfType', 'waypost.v1.Nothing'],
  ])('reflection answers %s %j with NOT_FOUND and keeps the stream open', async (question, value) => {
    const [missing, next] = await ask({ case: question, value }, { case: 'listServices', value: '' })
    expect(missing?.messageResponse).toMatchObject({ case: 'errorResponse', value: { errorCode: Code.NotFound } })
    expect(missing?.originalRequest).toMatchObject({ host: 'a', messageRequest: { case: question } })
    expect(next?.messageResponse.case).toBe('listServicesResponse')
  })

  test('reflection answers a request without a question with INVALID_ARGUMENT', async () => {
    const client = createClient(service as typeof V1, createGrpcTransport({ baseUrl: server.url }))
    async function* requests() {
      yield {}
    }
    for await (const { messageResponse } of client.serverReflectionInfo(requests())) {
      expect(messageResponse).toMatchObject({ case: 'errorResponse', value: { errorCode: Code.InvalidArgument } })
    }
    expect.assertions(1)
  })
})

test('a client may pause between its questions for longer than a request may take to arrive', async () => {
  const impatient = await listeningRegistry({ ...defaultLimits, headersMs: 200, requestMs: 200, sweepMs: 20 })
  onTestFinished(impatient.close)
  const transport = createGrpcTransport({ baseUrl: `http://127.0.0.1:${impatient.port}` })
  async function* requests() {
    for (const value of ['*', '']) {
      yield { host: 'a', messageRequest: { case: 'listServices', value } as const }
      await sleep(600)
    }
  }
  const answers = []
  for await (const answer of createClient(V1, transport).serverReflectionInfo(requests())) answers.push(answer)
  expect(answers).toHaveLength(2)
})
