import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { base64Decode, base64Encode } from '@bufbuild/protobuf/wire'
import { type DescriptorProto, FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt'
import type { Plugin } from 'rolldown'

/** The details of an error that the client reads. */
const DETAILS = ['ErrorInfo', 'BadRequest']

/**
 * Removes the options of the protos, such as REST routes, from generated code, and the files that define these options. No
 * client reads them. Their descriptors take a quarter of the time in which `waypost get` runs.
 */
export const stripDescriptors: Plugin = {
  name: 'strip-descriptors',
  transform: (code, id) => {
    if (/\/google\/protobuf\/descriptor_pb\.js$/.test(id)) return code.replace(/(?<=boot\()\{.*\}(?=\);)/, stripOwn)
    if (!/\/gen\/(?:waypost|google\/rpc)\/.*_pb\.js$/.test(id)) return null
    return code.replace(
      /(?<=fileDesc\(")([^"]+)"(?:, \[([^\]]*)\])?/,
      (_, descriptor: string, imports = '') => `${strip(descriptor)}", [${withoutOptions(imports)}]`,
    )
  },
}

function strip(descriptor: string): string {
  const file = fromBinary(FileDescriptorProtoSchema, base64Decode(descriptor))
  delete file.options
  for (const message of file.messageType) stripMessage(message)
  if (file.package === 'google.rpc') file.messageType.filter(({ name }) => !DETAILS.includes(name)).forEach(empty)
  for (const service of file.service) for (const method of service.method) delete method.options
  return base64Encode(toBinary(FileDescriptorProtoSchema, file, { writeUnknownFields: false }), 'std_raw')
}

// The position of a message counts, so it stays.
function empty(message: DescriptorProto): void {
  message.field = []
}

// The option of an entry of a map says that it is one.
function stripMessage(message: DescriptorProto): void {
  if (!message.options?.mapEntry) delete message.options
  for (const field of message.field) delete field.options
  for (const nested of message.nestedType) stripMessage(nested)
}

function withoutOptions(imports: string): string {
  return imports
    .split(', ')
    .filter((name) => name !== '' && !/^file_google_(?:api_|protobuf_duration)/.test(name))
    .join(', ')
}

// The descriptor of descriptors. The two fields are the ones that a reader of messages needs.
function stripOwn(literal: string): string {
  const file = JSON.parse(literal)
  for (const message of file.messageType) {
    if (!/Options?$|^FeatureSet|Info$/.test(message.name)) continue
    message.field = message.field.filter(({ name }: { name: string }) => name === 'map_entry' || name === 'packed')
    message.nestedType = []
    message.enumType = []
  }
  return JSON.stringify(file)
}
