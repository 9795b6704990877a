import { type DescField, type DescMethod, type DescService, getOption, hasOption, ScalarType } from '@bufbuild/protobuf'
import { http } from '../../../gen/google/api/annotations_pb.ts'
import type { HttpRule } from '../../../gen/google/api/http_pb.ts'

/** One segment of a path template: a literal, or the field of the request that receives the segment's text. */
export type Segment = { readonly literal: string } | { readonly field: DescField }

/** One path of a method, from its `google.api.http` annotation or an additional binding of the annotation. */
export interface RestRoute {
  readonly method: DescMethod
  /** The HTTP method, in capitals. */
  readonly verb: string
  readonly segments: readonly Segment[]
  /** Whether the annotation reads the parameters from the body. */
  readonly hasBody: boolean
  /** The field of the response message that is the answer; undefined: the whole message. */
  readonly responseField: DescField | undefined
  /** The name of the encoding of its answers. Routes with the same name have the same answers. */
  readonly encoding: string
  /** Whether the header `Waypost-Targeting-Key` may change its answers. */
  readonly isTargeted: boolean
}

/** The routes that share one path template, by HTTP method. */
export interface RestResource {
  /** The path, such as `/services/{namespace}/{name}`. */
  readonly template: string
  readonly segments: readonly Segment[]
  readonly routes: ReadonlyMap<string, RestRoute>
  /** The HTTP methods of the path, as the header `Allow` lists them. A path that answers GET answers HEAD, too. */
  readonly allow: string
}

/** The REST paths of a service, from its annotations. Throws for an annotation that this server does not implement. */
export function restResources(service: DescService): RestResource[] {
  const groups = Map.groupBy(service.methods.flatMap(routesOf), templateOf)
  return [...groups.values()].flatMap((routes) => (routes[0] ? [toResource(routes[0].segments, routes)] : []))
}

function toResource(segments: readonly Segment[], routes: readonly RestRoute[]): RestResource {
  const byVerb = new Map(routes.map((route) => [route.verb, route]))
  const verbs = [...byVerb.keys(), ...(byVerb.has('GET') ? ['HEAD'] : [])]
  const template = segments.map((segment) => ('literal' in segment ? segment.literal : `{${segment.field.name}}`))
  return { template: `/${template.join('/')}`, segments, routes: byVerb, allow: verbs.sort().join(', ') }
}

function templateOf({ segments }: RestRoute): string {
  return segments.map((segment) => ('literal' in segment ? segment.literal : '{}')).join('/')
}

function routesOf(method: DescMethod): RestRoute[] {
  if (!hasOption(method, http)) return []
  const rule = getOption(method, http)
  return [rule, ...rule.additionalBindings].map((binding) => toRoute(method, binding))
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
    encoding: `rest ${verb} ${rule.responseBody}`,
    isTargeted: verb === 'get' && method.input.fields.some(({ name }) => name === 'targeting_key'),
    responseField: rule.responseBody === '' ? undefined : fieldOf(method, method.output.fields, rule.responseBody),
  }
}

// The part of the template syntax that the API uses: `/literal/{field}`.
function parseTemplate(method: DescMethod, template: string): Segment[] {
  const [empty, ...segments] = template.split('/')
  if (empty !== '') throw unsupported(method, `has the path ${template}, which does not begin with "/"`)
  return segments.map((segment) => {
    const variable = /^\{(\w+)\}$/.exec(segment)?.[1]
    if (variable !== undefined) return { field: textFieldOf(method, variable) }
    if (!/^[\w.-]+$/.test(segment)) throw unsupported(method, `has the segment ${segment} in its path`)
    return { literal: segment }
  })
}

// A path has only texts.
function textFieldOf(method: DescMethod, name: string): DescField {
  const field = fieldOf(method, method.input.fields, name)
  if (field.scalar !== ScalarType.STRING)
    throw unsupported(method, `has the field ${name} in its path, which is no text`)
  return field
}

function fieldOf(method: DescMethod, fields: readonly DescField[], name: string): DescField {
  const field = fields.find((candidate) => candidate.name === name)
  if (field === undefined) throw unsupported(method, `names the unknown field ${name}`)
  return field
}

function unsupported(method: DescMethod, what: string): Error {
  return new Error(`the google.api.http annotation of ${method.parent.typeName}.${method.name} ${what}`)
}
