import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatPubSubId, octueTopic } from '../../src/domain/pub-sub-id.ts'
import { parseSruid } from '../../src/domain/sruid.ts'
import { kebabCase, revisionTag } from '../support/arbitraries.ts'

test.for([
  ['my-org/my-service:1.2.9', 'my-org.my-service.1-2-9', 'the form of a revision'],
  ['my-org/my-service', 'my-org.my-service', 'the form of a service'],
  ['my-org/my-service:v1.2.9-rc.1', 'my-org.my-service.v1-2-9-rc-1', 'every dot of the tag becomes a hyphen'],
  ['my-org/my-service:Feature_x', 'my-org.my-service.Feature_x', 'letters and underscores stay'],
  ['1st/one', '1st.one', 'a digit may come first, because the form is only the end of an id'],
] as const)('the Pub/Sub form of %s is %s (%s)', ([reference, expected]) => {
  expect(formatPubSubId(reference)).toBe(expected)
})

test('two different tags may have the same Pub/Sub form', () => {
  expect(formatPubSubId('my-org/my-service:1-2-9')).toBe(formatPubSubId('my-org/my-service:1.2.9'))
})

test('a text that is neither a service nor a revision has no Pub/Sub form', () => {
  expect(() => formatPubSubId('my-org.my-service')).toThrow(expect.objectContaining({ reason: 'INVALID_SRUID' }))
  expect(() => formatPubSubId('my-org/my-service:-')).toThrow(
    expect.objectContaining({ reason: 'INVALID_REVISION_TAG' }),
  )
})

test('a Pub/Sub form has at most 255 characters, and a longer one is refused', () => {
  const [namespace, name] = ['a'.repeat(125), 'b'.repeat(125)]
  expect(formatPubSubId(`${namespace}/${name}:1.2`)).toHaveLength(255)
  expect(() => formatPubSubId(`${namespace}/${name}:1.20`)).toThrow(
    expect.objectContaining({ code: 'invalid_argument', reason: 'INVALID_SRUID' }),
  )
})

test('a Pub/Sub form has only characters that Pub/Sub allows in an id, and its parts can be told apart', () => {
  fc.assert(
    fc.property(kebabCase, kebabCase, revisionTag, (namespace, name, tag) => {
      fc.pre(namespace.length + name.length + tag.length <= 253)
      const form = formatPubSubId(`${namespace}/${name}:${tag}`)
      expect(form).toMatch(/^[A-Za-z0-9._-]{3,255}$/)
      expect(form.split('.')).toEqual([namespace, name, tag.replaceAll('.', '-')])
    }),
  )
})

test('the topic of a revision is octue.services and its Pub/Sub form', () => {
  expect(octueTopic(parseSruid('my-org/my-service:1.2.9'))).toBe('octue.services.my-org.my-service.1-2-9')
})

test('a revision has no topic if the topic would have more than 255 characters', () => {
  const nameOf = (length: number) => 'a'.repeat(length)
  const topicOf = (length: number) => octueTopic(parseSruid(`${nameOf(120)}/${nameOf(117)}:${nameOf(length)}`))
  expect(topicOf(1)?.length).toBe(255)
  expect(topicOf(2)).toBeNull()
})

test('the error for a Pub/Sub form of more than 255 characters contains its length', () => {
  const shown = 'a'.repeat(64)
  const message = `sruid "${shown}…" has a Pub/Sub form of 256 characters; use shorter names, for at most 255.`
  expect(() => formatPubSubId(`${'a'.repeat(127)}/${'a'.repeat(126)}:a`)).toThrow(
    expect.objectContaining({
      reason: 'INVALID_SRUID',
      message,
      fieldViolations: [{ field: 'sruid', description: message }],
    }),
  )
})
