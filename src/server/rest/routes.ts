import { type DescField, type DescMethod, type DescService, getOption, hasOption } from '@bufbuild/protobuf'
import { http } from '../../../gen/google/api/annotations_pb.ts'
import type { HttpRule } from '../../../gen/google/api/http_pb.ts'

/** One segment of a path template: a literal, or a field of the request that takes the segment's text. */
export type Segment = { readonly literal: string } | { readonly field: DescField }

/** One `google.api.http` annotation. */
export interface RestRoute {
  readonly method: DescMethod
  /** The HTTP method, in capitals. */
  readonly verb: string
  readonly segments: readonly Segment[]
  /** Whether the request's body is the message. */
  readonly hasBody: boolean
  /** The field of the response message that is the answer; undefined: the whole message. */
  readonly responseField: DescField | undefined
}

/** The routes that share one path template, by HTTP method. */
export interface RestResource {
  readonly segments: readonly Segment[]
  readonly routes: ReadonlyMap<string, RestRoute>
  /** The HTTP methods that there are, as the header `Allow` lists them. */
  readonly allow: string
}

/** The REST paths of a service, from its annotations. Throws on an annotation that this server does not implement. */
export function restResources(service: DescService): RestResource[] {
  const template = ({ segments }: RestRoute) =>
    segments.map((segment) => ('literal' in segment ? segment.literal : '{}')).join('/')
  return Object.values(Object.groupBy(restRoutes(service), template)).flatMap((group = []) =>
    group[0] === undefined
      ? []
      : [
          {
            segments: group[0].segments,
            routes: new Map(group.map((route) => [route.verb, route])),
            allow: group
              .map(({ verb }) => verb)
              .sort()
              .join(', '),
          },
        ],
  )
}

/**
 * The statuses of a success over REST. A method that tells a replay from a first time (`replayed` in its response)
 * answers the first time, which has made something, with 201.
 */
export function successStatuses({ output }: DescMethod): number[] {
  return output.fields.some(({ name }) => name === 'replayed') ? [201, 200] : [200]
}

function restRoutes(service: DescService): RestRoute[] {
  return service.methods
    .filter((method) => hasOption(method, http))
    .map((method) => toRoute(method, getOption(method, http)))
}

function toRoute(method: DescMethod, rule: HttpRule): RestRoute {
  const { case: verb, value: template } = rule.pattern
  if (typeof template !== 'string' || verb === undefined) throw unsupported(method, 'has no path')
  if (rule.body !== '' && rule.body !== '*') throw unsupported(method, `has the body ${rule.body}, not "*"`)
  return {
    method,
    verb: verb.toUpperCase(),
    segments: parseTemplate(method, template),
    hasBody: rule.body === '*',
    responseField: rule.responseBody === '' ? undefined : fieldOf(method, method.output.fields, rule.responseBody),
  }
}

// The part of the template syntax that the API uses: `/literal/{field}`.
function parseTemplate(method: DescMethod, template: string): Segment[] {
  const [empty, ...segments] = template.split('/')
  if (empty !== '') throw unsupported(method, `has the path ${template}, which does not begin with "/"`)
  return segments.map((segment) => {
    const variable = /^\{(\w+)\}$/.exec(segment)?.[1]
    if (variable !== undefined) return { field: fieldOf(method, method.input.fields, variable) }
    if (!/^[\w.-]+$/.test(segment)) throw unsupported(method, `has the segment ${segment} in its path`)
    return { literal: segment }
  })
}

function fieldOf(method: DescMethod, fields: readonly DescField[], name: string): DescField {
  const field = fields.find((candidate) => candidate.name === name)
  if (field === undefined) throw unsupported(method, `names the unknown field ${name}`)
  return field
}

function unsupported(method: DescMethod, what: string): Error {
  return new Error(`the google.api.http annotation of ${method.parent.typeName}.${method.name} ${what}`)
}
