import type { CallExample, OperationExamples } from './example.ts'
import { alpha, beta, etag, first, information, second, service, twoStates, updated } from './values.ts'

const byTag: CallExample = {
  summary: 'A revision that is not the default.',
  request: beta,
  answer: { ...beta, is_default: false },
}

const byDefault: CallExample = {
  summary: 'The default revision of a service.',
  request: service,
  answer: { ...first, is_default: true },
}

const unyanked: CallExample = {
  summary: 'A revision that may be chosen again.',
  request: beta,
  answer: { ...beta, is_default: false },
}

/** Examples of calls about one revision, by operation. */
export const revisionExamples: Readonly<Record<string, OperationExamples>> = {
  register: {
    calls: {
      first: {
        summary: 'The server decides whether the revision becomes the default.',
        request: first,
        status: 201,
        answer: { ...first, is_default: true },
      },
      heldBack: {
        summary: 'A revision that does not become the default.',
        request: { ...beta, is_default: false },
        status: 201,
        answer: { ...beta, is_default: false },
      },
      informed: {
        summary: 'A revision with information for its callers.',
        request: { ...second, is_default: false, ...information },
        status: 201,
        answer: { ...second, is_default: false, ...information },
      },
      replay: {
        summary: 'The same registration once more. Nothing changes.',
        request: first,
        answer: { ...first, is_default: true },
      },
    },
  },
  get: {
    calls: {
      default: byDefault,
      byTag,
      byRange: {
        summary: 'The highest version of a range.',
        request: { ...service, version_range: '^1.2' },
        answer: { ...second, is_default: false, ...information },
      },
      explained: {
        summary: 'The default revision, and why it is the default.',
        request: { ...service, explain: true },
        answer: {
          ...first,
          is_default: true,
          explanation: {
            rule: 'DEFAULT_BY_POLICY',
            description:
              'The default policy "latest-semver" made my-org/my-service:1.2.9 the default when it was registered.',
            rejected: [
              { revision_tag: '2.0.0-beta.1', reason: 'its registration had is_default false' },
              { revision_tag: '1.3.0', reason: 'its registration had is_default false' },
            ],
            generation: '3',
            service_hash: 'u3Q0…',
          },
        },
      },
      full: {
        summary: 'The default revision in the view FULL.',
        request: { ...service, view: 'FULL' },
        answer: {
          ...first,
          is_default: true,
          state: 'ACTIVE',
          register_time: '2026-11-24T15:30:00.123Z',
          registered_by: 'anonymous',
          etag,
          service_etag: etag,
          pub_sub_topic: 'octue.services.my-org.my-service.1-2-9',
          generation: '3',
          service_hash: 'u3Q0…',
        },
      },
    },
  },
  getDefault: {
    calls: { default: byDefault },
    // The path selects the revision.
    never: ['INVALID_REVISION_TAG', 'INVALID_VERSION_RANGE', 'INVALID_ALIAS', 'ALIAS_NOT_FOUND'],
    errors: {
      CONFLICTING_SELECTORS: twoStates,
      REVISION_NOT_FOUND: {
        error:
          'Service revision not found. my-org/my-service has no revision "1.2.9" that meets label_selector "tier=none"; ' +
          'use another revision or label_selector.',
      },
    },
  },
  getRevision: {
    calls: { byTag },
    // The path already has a tag, so another selector conflicts with it.
    never: ['INVALID_VERSION_RANGE', 'INVALID_ALIAS', 'ALIAS_NOT_FOUND', 'NO_DEFAULT'],
  },
  updateRevision: {
    calls: {
      described: {
        summary: 'Another description, and no labels.',
        request: { ...second, description: 'Answers in time.', update_mask: 'description,labels' },
        answer: { ...second, is_default: false, ...updated },
      },
    },
  },
  deprecate: {
    calls: {
      replaced: {
        summary: 'A revision that another one replaces.',
        request: { ...first, message: 'It answers too late.', replacement: '1.3.0' },
        answer: {
          ...first,
          is_default: false,
          state: 'DEPRECATED',
          deprecation: { message: 'It answers too late.', replacement: '1.3.0' },
        },
      },
    },
    errors: {
      INVALID_REASON: { fields: ['message'], error: 'message has 1025 characters; use at most 1024.' },
      TARGET_NOT_FOUND: {
        fields: ['replacement'],
        error: 'replacement "9.9.9" is not a revision of the service; register it first.',
      },
      TARGET_YANKED: {
        fields: ['replacement'],
        error: 'replacement "0.9.0" is yanked; choose a revision that is not yanked.',
      },
    },
  },
  undeprecate: {
    calls: {
      active: {
        summary: 'A revision that is no longer deprecated.',
        request: first,
        answer: { ...first, is_default: false },
      },
    },
  },
  yank: {
    calls: {
      bad: {
        summary: 'A bad release.',
        request: { ...beta, reason: 'It loses data.' },
        answer: { revision: { ...beta, is_default: false, state: 'YANKED', yank: { reason: 'It loses data.' } } },
      },
    },
  },
  unyank: { calls: { active: unyanked } },
  unyankRestore: { calls: { active: unyanked } },
  deleteRevision: {
    calls: { gone: { summary: 'A bad release that is deleted for ever.', request: { ...alpha, etag }, answer: {} } },
  },
}
