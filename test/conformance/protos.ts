import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createFileRegistry, type DescMessage, type DescService, fromBinary } from '@bufbuild/protobuf'
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt'

// The suite's protos come with its Go module. Their descriptors are read at run time, and no code is generated from
// them, so that this repository contains nothing of the suite and can be checked without it.

/** The version of the suite. */
export const SUITE = 'connectrpc.com/conformance@v1.0.7'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const CACHE = `${ROOT}node_modules/.cache/waypost/conformance`
const DESCRIPTORS = `${CACHE}/descriptors.binpb`
const PACKAGE = 'connectrpc.conformance.v1'

/** Fetches the suite's protos, once, and compiles them. Needs Go. */
export function compileProtos(): void {
  if (existsSync(DESCRIPTORS)) return
  mkdirSync(CACHE, { recursive: true })
  const json = execFileSync('go', ['mod', 'download', '-json', SUITE], { encoding: 'utf8' })
  const { Dir: folder } = JSON.parse(json) as { Dir: string }
  execFileSync(`${ROOT}node_modules/.bin/buf`, ['build', `${folder}/proto`, '--output', DESCRIPTORS])
}

/** The result of `compileProtos`: messages and services by their names within the suite's package. */
export function readProtos(): {
  registry: ReturnType<typeof createFileRegistry>
  message(name: string): DescMessage
  service(name: string): DescService
} {
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(DESCRIPTORS)))
  const found = <T>(name: string, desc: T | undefined): T => {
    if (desc === undefined) throw new Error(`the suite has no ${name}`)
    return desc
  }
  return {
    registry,
    message: (name) => found(name, registry.getMessage(`${PACKAGE}.${name}`)),
    service: (name) => found(name, registry.getService(`${PACKAGE}.${name}`)),
  }
}
