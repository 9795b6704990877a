import { type DescFile, type DescService, toBinary } from '@bufbuild/protobuf'
import { nestedTypes } from '@bufbuild/protobuf/reflect'
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt'
import { Code, type ConnectRouter } from '@connectrpc/connect'
import { ServerReflection as V1 } from '../../../gen/grpc/reflection/v1/reflection_pb.ts'
import { ServerReflection as V1Alpha } from '../../../gen/grpc/reflection/v1alpha/reflection_pb.ts'

// The two versions of reflection differ only in the name of their package, so both share these types.

type Question =
  | { case: 'listServices' | 'fileByFilename' | 'fileContainingSymbol' | 'allExtensionNumbersOfType'; value: string }
  | { case: 'fileContainingExtension'; value: { containingType: string; extensionNumber: number } }
  | { case: undefined }

type Reply =
  | { case: 'listServicesResponse'; value: { service: { name: string }[] } }
  | { case: 'fileDescriptorResponse'; value: { fileDescriptorProto: Uint8Array[] } }
  | { case: 'allExtensionNumbersResponse'; value: { baseTypeName: string; extensionNumber: number[] } }
  | { case: 'errorResponse'; value: { errorCode: Code; errorMessage: string } }

/** The things that a client of reflection can ask for, by name. */
interface Index {
  readonly services: readonly string[]
  readonly files: ReadonlyMap<string, DescFile>
  /** The file that declares a symbol, by the name of a message, a field, an enum, a service or a method. */
  readonly symbols: ReadonlyMap<string, DescFile>
  /** The extensions of a message: the file that declares the extension, by its number. */
  readonly extensions: ReadonlyMap<string, ReadonlyMap<number, DescFile>>
}

/**
 * Adds gRPC's server reflection, v1 and v1alpha. Clients such as grpcurl then need no proto files. It describes these
 * services, reflection itself, and all files that they import. `details` are further files, whose messages only errors
 * contain.
 */
export function addReflection(router: ConnectRouter, services: readonly DescService[], details: readonly DescFile[]) {
  const index = indexOf([...services, V1, V1Alpha], details)
  router.service(V1, {
    async *serverReflectionInfo(requests) {
      for await (const originalRequest of requests) {
        yield { originalRequest, messageResponse: answer(index, originalRequest.messageRequest) }
      }
    },
  })
  router.service(V1Alpha, {
    async *serverReflectionInfo(requests) {
      for await (const originalRequest of requests) {
        yield { originalRequest, messageResponse: answer(index, originalRequest.messageRequest) }
      }
    },
  })
}

function answer({ services, files, symbols, extensions }: Index, question: Question): Reply {
  switch (question.case) {
    case 'listServices':
      return { case: 'listServicesResponse', value: { service: services.map((name) => ({ name })) } }
    case 'fileByFilename':
      return fileReply(files.get(question.value), question.value)
    case 'fileContainingSymbol':
      return fileReply(symbols.get(question.value), question.value)
    case 'fileContainingExtension': {
      const { containingType, extensionNumber } = question.value
      const file = extensions.get(containingType)?.get(extensionNumber)
      return fileReply(file, `extension ${extensionNumber} of ${containingType}`)
    }
    case 'allExtensionNumbersOfType': {
      if (!symbols.has(question.value)) return refuse(Code.NotFound, unknown(question.value))
      const extensionNumber = [...(extensions.get(question.value)?.keys() ?? [])]
      return { case: 'allExtensionNumbersResponse', value: { baseTypeName: question.value, extensionNumber } }
    }
    default:
      return refuse(Code.InvalidArgument, 'the request asks for nothing; set one of its fields, such as list_services.')
  }
}

function fileReply(file: DescFile | undefined, what: string): Reply {
  if (file === undefined) return refuse(Code.NotFound, unknown(what))
  const withImports = [...withDependencies(file)]
  const fileDescriptorProto = withImports.map(({ proto }) => toBinary(FileDescriptorProtoSchema, proto))
  return { case: 'fileDescriptorResponse', value: { fileDescriptorProto } }
}

function unknown(what: string): string {
  return `${what} is not known; list the services to find the known names.`
}

function refuse(errorCode: Code, errorMessage: string): Reply {
  return { case: 'errorResponse', value: { errorCode, errorMessage } }
}

function indexOf(services: readonly DescService[], details: readonly DescFile[]): Index {
  const roots = [...services.map(({ file }) => file), ...details]
  const all = new Set(roots.flatMap((file) => [...withDependencies(file)]))
  const symbols = new Map<string, DescFile>()
  const extensions = new Map<string, Map<number, DescFile>>()
  for (const file of all) {
    for (const type of nestedTypes(file)) {
      symbols.set(type.typeName, file)
      if (type.kind === 'message') for (const { name } of type.fields) symbols.set(`${type.typeName}.${name}`, file)
      if (type.kind === 'service') for (const { name } of type.methods) symbols.set(`${type.typeName}.${name}`, file)
      if (type.kind !== 'extension') continue
      const known = extensions.get(type.extendee.typeName) ?? new Map<number, DescFile>()
      extensions.set(type.extendee.typeName, known.set(type.number, file))
    }
  }
  const files = new Map([...all].map((file) => [file.proto.name, file]))
  return { services: services.map(({ typeName }) => typeName), files, symbols, extensions }
}

/** The file and all files that it imports, each once. The file itself comes first. */
function withDependencies(file: DescFile, seen = new Set<DescFile>()): Set<DescFile> {
  if (seen.has(file)) return seen
  seen.add(file)
  for (const dependency of file.dependencies) withDependencies(dependency, seen)
  return seen
}
