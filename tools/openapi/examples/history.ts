import type { OperationExamples } from './example.ts'
import { etag, heads, service, twoStates } from './values.ts'

const time = '2026-11-24T15:50:04.123Z'

const rollout = {
  candidates: [
    { revision_tag: '1.3.0', weight: 10_000, pinned_keys: ['tester-1'], buckets: [{ from: 0, to: 10_000 }] },
  ],
  salt: 'exp-2026',
  algorithm: 'murmur3-100k',
  reason: 'It answers in half the time.',
  start_time: time,
  update_time: time,
}

/** Examples of calls about rollouts and about the history of a service, by operation. */
export const historyExamples: Readonly<Record<string, OperationExamples>> = {
  setRollout: {
    calls: {
      tenPercent: {
        summary: '10 % of the callers, and one tester, get 1.3.0.',
        request: {
          ...service,
          candidates: [{ revision_tag: '1.3.0', weight: 10_000, pinned_keys: ['tester-1'] }],
          salt: 'exp-2026',
          reason: 'It answers in half the time.',
        },
        answer: { rollout, moved: 10_000, effect: { moved: 10_000 }, service_etag: etag },
      },
    },
    errors: {
      INVALID_REVISION_TAG: {
        fields: ['candidates[0].revision_tag'],
        error:
          `candidates[0].revision_tag "1.2.9+5" is not valid; use 1 to 128 letters, digits, '_', '.' or '-' that start with a letter, a digit or ` +
          `'_', without the build metadata after '+'.`,
      },
      TARGET_NOT_FOUND: {
        fields: ['candidates[0].revision_tag'],
        error: 'candidates[0].revision_tag "9.9.9" is not a revision of the service; register it first.',
      },
      TARGET_YANKED: {
        fields: ['candidates[0].revision_tag'],
        error: 'candidates[0].revision_tag "0.9.0" is yanked; choose a revision that is not yanked.',
      },
    },
  },
  getRollout: {
    calls: {
      running: {
        summary: 'The rollout that runs.',
        request: service,
        answer: { rollout, service_etag: etag, generation: '14' },
      },
    },
    errors: { CONFLICTING_SELECTORS: twoStates },
  },
  endRollout: {
    calls: {
      promoted: {
        summary: 'The candidate becomes the default.',
        request: { ...service, promote: '1.3.0', reason: 'No errors in a week.' },
        answer: {
          service: { ...service, default_revision_tag: '1.3.0', ...heads },
          moved: 90_000,
          effect: { default_revision: { before: '1.2.9', after: '1.3.0' }, moved: 90_000 },
        },
      },
    },
    errors: {
      INVALID_REVISION_TAG: {
        fields: ['promote'],
        error:
          `promote "1.2.9+5" is not valid; use 1 to 128 letters, digits, '_', '.' or '-' that start with a letter, a digit or ` +
          `'_', without the build metadata after '+'.`,
      },
      TARGET_YANKED: {
        fields: ['promote'],
        error: 'promote "1.3.0" is yanked; choose a revision that is not yanked.',
      },
    },
  },
  listChanges: {
    // JSON has no times that are not valid.
    never: ['INVALID_AT_TIME'],
    calls: {
      newest: {
        summary: 'The newest change.',
        request: { ...service, page_size: 1 },
        answer: {
          changes: [
            {
              generation: '15',
              time,
              actor: 'anonymous',
              event: 'ROLLOUT_ENDED',
              reason: 'No errors in a week.',
              differences: [
                { field: 'default', before: '1.2.9', after: '1.3.0' },
                { field: 'rollout.1.3.0', before: '10 % and 1 pinned key' },
              ],
            },
          ],
          next_page_token: 'WzEw…',
        },
      },
    },
  },
  revert: {
    calls: {
      toFirst: {
        summary: 'The choices of the first generation.',
        request: { ...service, generation: '1', reason: 'It loses data.' },
        answer: {
          service: { ...service, default_revision_tag: '1.2.9', ...heads },
          moved: 100_000,
          effect: {
            default_revision: { before: '1.3.0', after: '1.2.9' },
            aliases: [{ alias: 'beta', before: '2.0.0-beta.1' }],
            moved: 100_000,
          },
          generation: '1',
        },
      },
    },
    errors: {
      CONFLICTING_SELECTORS: {
        fields: ['time', 'generation'],
        error: 'the request has time and generation; give at most one of them.',
      },
      INVALID_AT_GENERATION: {
        fields: ['generation'],
        error: 'generation is -1; use a generation of the service, 1 or more.',
      },
      INVALID_AT_TIME: {
        fields: ['time'],
        error: 'time 9999-01-01T00:00:00.000Z is in the future; use a time until 2026-11-24T15:50:04.123Z.',
      },
      STATE_NOT_FOUND: {
        fields: ['generation'],
        error:
          'Service revision not found. generation 7 is beyond the newest generation of my-org/few-changes; use 1 to 1.',
      },
      TARGET_NOT_FOUND: {
        fields: ['generation'],
        error:
          'generation 1 cannot be restored, because the default was "1.2.9", which was deleted; revert to another state.',
      },
      TARGET_YANKED: {
        fields: ['generation'],
        error:
          'generation 1 cannot be restored, because the default was "1.2.9", which is yanked; unyank it first, or ' +
          'revert to another state.',
      },
    },
  },
}
