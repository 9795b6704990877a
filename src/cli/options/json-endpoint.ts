import { InvalidArgumentError } from 'commander'
import type { RevisionEndpoint } from '../../client/index.ts'
import { nearestName } from '../../domain/nearest-name.ts'
import { findDuplicateKey } from '../../server/http/duplicate-key.ts'
import { didYouMean } from './strict-command.ts'
import { quoteValue } from './usage-error.ts'

const KEYS = ['protocol', 'uri', 'metadata']

/** Parses an endpoint that is given as a JSON object. Throws if it has a key that nobody would read, or a key twice. */
export function parseJsonEndpoint(text: string): RevisionEndpoint {
  const object = parseObject(text)
  const unknown = Object.keys(object).find((key) => !KEYS.includes(key))
  if (unknown !== undefined) {
    const advice = didYouMean(nearestName(unknown, KEYS)) ?? 'use protocol, uri and metadata'
    throw new InvalidArgumentError(`The key ${quoteValue(unknown)} is not known; ${advice}`)
  }
  const { protocol = '', uri = '', metadata = {} } = object
  if (typeof protocol === 'string' && typeof uri === 'string' && isOfTexts(metadata)) return { protocol, uri, metadata }
  throw new InvalidArgumentError(
    'Use a JSON object with the strings protocol and uri, and optionally an object of strings, metadata.',
  )
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  const object = parseJson(text)
  const twice = findDuplicateKey(text)
  if (twice !== undefined) throw new InvalidArgumentError(`The key ${quoteValue(twice)} is there twice; give it once.`)
  return object
}

function parseJson(text: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(text)
  } catch {
    throw new InvalidArgumentError('Use PROTOCOL=URI, or a JSON object.')
  }
}

function isOfTexts(value: unknown): value is Readonly<Record<string, string>> {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isObject && Object.values(value).every((part) => typeof part === 'string')
}
