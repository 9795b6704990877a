import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fromBinary } from '@bufbuild/protobuf'
import {
  type DescriptorProto,
  type EnumDescriptorProto,
  type FileDescriptorProto,
  FileDescriptorSetSchema,
} from '@bufbuild/protobuf/wkt'

/** The folder of the repository. */
export const root = fileURLToPath(new URL('../..', import.meta.url))

/** The program buf. */
export const buf = join(root, 'node_modules/.bin/buf')

/** A comment of the protos: its paragraphs, without line breaks. */
export type Comment = readonly string[]

/** The leading comment of each element of the protos, by its name in the package: `Revision.State.ACTIVE`. */
export type Comments = ReadonlyMap<string, Comment>

/** An element of a file: its name in the package, and its path as `google.protobuf.SourceCodeInfo` defines it. */
type Element = readonly [name: string, path: readonly number[]]

// The field numbers of google.protobuf.FileDescriptorProto and its parts, from which the paths are made.
const inFile = { message: 4, enum: 5, service: 6 } as const
const inMessage = { field: 2, message: 3, enum: 4 } as const
const VALUE_OF_ENUM = 2
const METHOD_OF_SERVICE = 2

/** Reads the comments of the package `waypost.v1` as they are in proto/ now. */
export function readComments(): Comments {
  const image = execFileSync(buf, ['build', 'proto', '--as-file-descriptor-set', '-o', '-'], { cwd: root })
  const files = fromBinary(FileDescriptorSetSchema, image).file.filter((file) => file.package === 'waypost.v1')
  return new Map(files.flatMap(commentsOf))
}

/** The comment as paragraphs. Protobuf keeps its lines, each with the space after its slashes. */
export function toParagraphs(comment: string): Comment {
  const paragraphs = comment.split(/\n\s*\n/).map((paragraph) => paragraph.replaceAll(/\s+/g, ' ').trim())
  return paragraphs.filter((paragraph) => paragraph !== '')
}

function commentsOf(file: FileDescriptorProto): (readonly [string, Comment])[] {
  const locations = file.sourceCodeInfo?.location ?? []
  const byPath = new Map(locations.map(({ path, leadingComments }) => [path.join('.'), leadingComments]))
  return elementsOf(file).map(([name, path]) => [name, toParagraphs(byPath.get(path.join('.')) ?? '')])
}

function elementsOf({ messageType, enumType, service }: FileDescriptorProto): Element[] {
  return [
    ...messageType.flatMap((message, index) => ofMessage(message, [message.name, [inFile.message, index]])),
    ...enumType.flatMap((each, index) => ofEnum(each, [each.name, [inFile.enum, index]])),
    ...service.flatMap((each, index) => {
      const element: Element = [each.name, [inFile.service, index]]
      return [element, ...parts(element, METHOD_OF_SERVICE, each.method)]
    }),
  ]
}

function ofMessage({ field, nestedType, enumType }: DescriptorProto, element: Element): Element[] {
  const nested = parts(element, inMessage.message, nestedType)
  const enums = parts(element, inMessage.enum, enumType)
  return [
    element,
    ...parts(element, inMessage.field, field),
    ...nestedType.flatMap((message, index) =>
      isMapEntry(message) ? [] : ofMessage(message, nested[index] ?? element),
    ),
    ...enumType.flatMap((each, index) => ofEnum(each, enums[index] ?? element)),
  ]
}

// Protobuf makes a message for each map. The message is not in any file.
function isMapEntry({ options }: DescriptorProto): boolean {
  return options?.mapEntry === true
}

function ofEnum({ value }: EnumDescriptorProto, element: Element): Element[] {
  return [element, ...parts(element, VALUE_OF_ENUM, value)]
}

function parts([name, path]: Element, number: number, all: readonly { readonly name: string }[]): Element[] {
  return all.map((part, index) => [`${name}.${part.name}`, [...path, number, index]])
}
