import type { OperationExamples } from './example.ts'
import { etag, heads, service } from './values.ts'

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
  },
  getRollout: {
    calls: {
      running: {
        summary: 'The rollout that runs.',
        request: service,
        answer: { rollout, service_etag: etag, generation: '9' },
      },
    },
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
  },
  listChanges: {
    calls: {
      newest: {
        summary: 'The newest change.',
        request: { ...service, page_size: 1 },
        answer: {
          changes: [
            {
              generation: '10',
              time,
              actor: 'anonymous',
              event: 'ROLLOUT_ENDED',
              reason: 'No errors in a week.',
              differences: [
                { field: 'default', before: '1.2.9', after: '1.3.0' },
                { field: 'rollout.1.3.0', before: '10 %', after: '' },
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
          effect: { default_revision: { before: '1.3.0', after: '1.2.9' }, moved: 100_000 },
          generation: '1',
        },
      },
    },
  },
}
