import { create } from '@bufbuild/protobuf'
import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import { type Candidate, CandidateSchema, type Rollout, RolloutSchema } from '../../../../gen/waypost/v1/rollout_pb.ts'
import { ALGORITHM, type Candidate as CandidateOf, type Rollout as RolloutOf } from '../../../domain/rollout/rollout.ts'

/** The message of a rollout. */
export function fromRollout({ candidates, salt, reason, startTime, updateTime }: RolloutOf): Rollout {
  return create(RolloutSchema, {
    candidates: candidates.map(fromCandidate),
    salt,
    algorithm: ALGORITHM,
    reason,
    startTime: timestampFromMs(startTime),
    updateTime: timestampFromMs(updateTime),
  })
}

function fromCandidate({ tag, weight, pinnedKeys, buckets, isHeld }: CandidateOf): Candidate {
  return create(CandidateSchema, {
    revisionTag: tag,
    weight,
    pinnedKeys: [...pinnedKeys],
    buckets: buckets.map((range) => ({ ...range })),
    held: isHeld,
  })
}
