import { createFileRegistry, fromBinary, getOption, hasOption } from '@bufbuild/protobuf'
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt'
import { http } from '../../gen/google/api/annotations_pb.ts'
import type { HttpRule } from '../../gen/google/api/http_pb.ts'

/** The REST routes of the services in an image of buf, such as `POST /services/{namespace}/{name}`. */
export function restRoutesOf(image: Uint8Array): string[] {
  const { files } = createFileRegistry(fromBinary(FileDescriptorSetSchema, image))
  const services = [...files].flatMap((file) => file.services)
  const annotated = services.flatMap(({ methods }) => methods.filter((method) => hasOption(method, http)))
  return annotated.map((method) => getOption(method, http)).flatMap(routesOf)
}

function routesOf(rule: HttpRule): string[] {
  const { case: verb = '', value: path } = rule.pattern
  return [`${verb.toUpperCase()} ${path}`, ...rule.additionalBindings.flatMap(routesOf)]
}
