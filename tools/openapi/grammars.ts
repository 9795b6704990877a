import type { DescField } from '@bufbuild/protobuf'
import { aliasNameGrammar } from '../../src/domain/alias.ts'
import type { Grammar } from '../../src/domain/grammar.ts'
import { MAX_SELECTOR_LENGTH } from '../../src/domain/labels/label-selector.ts'
import { labelPrefixGrammar, labelWordGrammar, MAX_LABELS } from '../../src/domain/labels/labels.ts'
import { MAX_REASON_LENGTH } from '../../src/domain/lifecycle.ts'
import { requestIdGrammar } from '../../src/domain/mutation.ts'
import {
  digestGrammar,
  documentationUriGrammar,
  infoLimits,
  protocolGrammar,
  uriGrammar,
} from '../../src/domain/revision-info.ts'
import { revisionTagGrammar } from '../../src/domain/revision-tag.ts'
import { BUCKETS, rolloutLimits } from '../../src/domain/rollout/rollout.ts'
import { MAX_TARGETING_KEY } from '../../src/domain/rollout/targeting-key.ts'
import { serviceNameGrammar, servicePrefixGrammar } from '../../src/domain/sruid.ts'
import { textPattern } from '../../src/domain/text.ts'
import { MAX_RANGE_LENGTH } from '../../src/domain/versions/version-range.ts'

/** Keywords of JSON Schema that say which values are allowed. */
export type Keywords = Readonly<Record<string, unknown>>

const revisionTag = fromGrammar(revisionTagGrammar)
const range = { maxLength: MAX_RANGE_LENGTH }
const word = stripped(labelWordGrammar)
const labels = {
  maxProperties: MAX_LABELS,
  propertyNames: { pattern: `^(?:${stripped(labelPrefixGrammar)}/)?${word}$`, maxLength: labelWordGrammar.maxLength },
  additionalProperties: { type: 'string', pattern: `^(?:${word})?$`, maxLength: labelWordGrammar.maxLength },
}

/**
 * The allowed values of each field, by its name. They apply to every message except those that only the registry
 * writes.
 */
const fieldKeywords: Readonly<Record<string, Keywords>> = {
  namespace: fromGrammar(serviceNameGrammar),
  name: fromGrammar(serviceNameGrammar),
  revision_tag: revisionTag,
  replacement: revisionTag,
  promote: revisionTag,
  alias: fromGrammar(aliasNameGrammar),
  prefix: fromGrammar(servicePrefixGrammar),
  request_id: fromGrammar(requestIdGrammar),
  protocol: fromGrammar(protocolGrammar),
  uri: fromGrammar(uriGrammar),
  documentation_uri: fromGrammar(documentationUriGrammar),
  image_digest: fromGrammar(digestGrammar),
  description: text(infoLimits.description),
  repository: text(infoLimits.repository),
  commit: text(infoLimits.commit),
  reason: text(MAX_REASON_LENGTH),
  message: text(MAX_REASON_LENGTH),
  version_range: range,
  follows: range,
  label_selector: { maxLength: MAX_SELECTOR_LENGTH },
  page_size: { minimum: 0 },
  endpoints: { maxItems: infoLimits.endpoints },
  candidates: { minItems: 1, maxItems: rolloutLimits.candidates },
  weight: { minimum: 0, maximum: BUCKETS },
  pinned_keys: { maxItems: rolloutLimits.pinnedKeys },
  salt: { maxLength: rolloutLimits.saltLength },
  targeting_key: { maxLength: MAX_TARGETING_KEY },
  labels,
  set_labels: labels,
  metadata: {
    maxProperties: infoLimits.metadata,
    propertyNames: { ...text(infoLimits.metadataKey), minLength: 1 },
    additionalProperties: { type: 'string', ...text(infoLimits.metadataValue) },
  },
}

/** The keywords for the values of a field. */
export function keywordsOf({ name, parent }: DescField): Keywords | undefined {
  return parent.name === 'Explanation' || parent.name === 'Rejection' ? undefined : fieldKeywords[name]
}

function fromGrammar({ pattern, maxLength }: Grammar): Keywords {
  return { pattern: pattern.source, maxLength }
}

function text(maxLength: number): Keywords {
  return { pattern: textPattern.source, maxLength }
}

function stripped({ pattern }: Grammar): string {
  return pattern.source.replace(/^\^|\$$/g, '')
}
