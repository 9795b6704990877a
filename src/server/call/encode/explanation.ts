import { create } from '@bufbuild/protobuf'
import {
  Explanation_Rule,
  type Explanation as ExplanationMessage,
  ExplanationSchema,
} from '../../../../gen/waypost/v1/revision_pb.ts'
import type { Explanation } from '../../../registry/revisions/explain.ts'
import type { Rule } from '../../../registry/revisions/reason.ts'

/** The message of an explanation. */
export function fromExplanation(explanation: Explanation): ExplanationMessage {
  const { rule, description, rejected, generation, serviceHash } = explanation
  return create(ExplanationSchema, {
    ...{ rule: rules[rule], description, rejected: rejected.map((each) => ({ ...each })) },
    ...{ generation: BigInt(generation), serviceHash: serviceHash ?? '' },
  })
}

const rules: Readonly<Record<Rule, Explanation_Rule>> = {
  'default-by-policy': Explanation_Rule.DEFAULT_BY_POLICY,
  'default-by-registration': Explanation_Rule.DEFAULT_BY_REGISTRATION,
  'default-by-hand': Explanation_Rule.DEFAULT_BY_HAND,
  'default-by-import': Explanation_Rule.DEFAULT_BY_IMPORT,
  'default-after-yank': Explanation_Rule.DEFAULT_AFTER_YANK,
  'default-by-promotion': Explanation_Rule.DEFAULT_BY_PROMOTION,
  'default-by-revert': Explanation_Rule.DEFAULT_BY_REVERT,
  'rollout-pinned': Explanation_Rule.ROLLOUT_PINNED,
  'rollout-bucket': Explanation_Rule.ROLLOUT_BUCKET,
  'default-before-rules': Explanation_Rule.DEFAULT_BEFORE_RULES,
  'revision-tag': Explanation_Rule.REVISION_TAG,
  'version-range': Explanation_Rule.VERSION_RANGE,
  'alias-fixed': Explanation_Rule.ALIAS_FIXED,
  'alias-follows': Explanation_Rule.ALIAS_FOLLOWS,
}
