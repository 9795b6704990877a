import { create } from '@bufbuild/protobuf'
import {
  Explanation_Rule,
  type Explanation as ExplanationMessage,
  ExplanationSchema,
} from '../../../../gen/waypost/v1/revision_pb.ts'
import type { Explanation, Rule } from '../../../registry/revisions/explain.ts'

/** The message of an explanation. */
export function fromExplanation({ rule, description, rejected }: Explanation): ExplanationMessage {
  return create(ExplanationSchema, { rule: rules[rule], description, rejected: rejected.map((each) => ({ ...each })) })
}

const rules: Readonly<Record<Rule, Explanation_Rule>> = {
  'default-by-policy': Explanation_Rule.DEFAULT_BY_POLICY,
  'default-by-registration': Explanation_Rule.DEFAULT_BY_REGISTRATION,
  'default-by-hand': Explanation_Rule.DEFAULT_BY_HAND,
  'default-by-import': Explanation_Rule.DEFAULT_BY_IMPORT,
  'default-after-yank': Explanation_Rule.DEFAULT_AFTER_YANK,
  'default-before-rules': Explanation_Rule.DEFAULT_BEFORE_RULES,
  'revision-tag': Explanation_Rule.REVISION_TAG,
  'version-range': Explanation_Rule.VERSION_RANGE,
  'alias-fixed': Explanation_Rule.ALIAS_FIXED,
  'alias-follows': Explanation_Rule.ALIAS_FOLLOWS,
}
