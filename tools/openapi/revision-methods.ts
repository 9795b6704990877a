import { beta, etag, first, information, ofChange, ofRevision, ofService, second, service } from './method-parts.ts'
import type { MethodText } from './method-text.ts'

/** The words for what is about one revision, by the method's name. */
export const revisionMethods: Readonly<Record<string, MethodText>> = {
  Register: {
    summary: 'Register a revision',
    description:
      'Registers a revision of a service. The service comes into being with its first revision. The call may be ' +
      'repeated: with the same content it changes nothing. Content is the whole body: one without `is_default` differs ' +
      'from one with it. A revision that was deleted can be registered again with the same content only.',
    successes: {
      201: {
        description: 'The revision was registered.',
        examples: {
          first: {
            summary: 'The server decides whether the revision becomes the default.',
            request: first,
            answer: { ...first, is_default: true },
          },
          heldBack: {
            summary: 'A revision that does not become the default.',
            request: { ...beta, is_default: false },
            answer: { ...beta, is_default: false },
          },
          informed: {
            summary: 'A revision with what callers need to know of it.',
            request: { ...second, is_default: false, ...information },
            answer: { ...second, is_default: false, ...information },
          },
        },
      },
      200: {
        description:
          'The revision was registered before, with the same content, and nothing changed; or `validate_only` was given.',
        examples: {
          replay: {
            summary: 'The same registration once more.',
            request: first,
            answer: { ...first, is_default: true },
          },
        },
      },
    },
    errors: [
      ...ofService,
      'MISSING_REVISION_TAG',
      'INVALID_REVISION_TAG',
      'INVALID_LABELS',
      'INVALID_ENDPOINTS',
      'INVALID_DESCRIPTION',
      'INVALID_SOURCE',
      ...ofChange,
      'REVISION_ALREADY_EXISTS',
      'DEFAULT_POLICY_FAILED',
    ],
  },
  Get: {
    summary: 'Get a revision',
    description:
      'Gets one revision of a service: the default revision, or the one that the query selects by a tag, a range of ' +
      'versions or an alias. At most one of these may be given.',
    successes: {
      200: {
        description: 'The revision.',
        examples: {
          default: {
            summary: 'The default revision of a service.',
            request: service,
            answer: { ...first, is_default: true },
          },
          byTag: {
            summary: 'One revision of a service, which is not the default.',
            request: beta,
            answer: { ...beta, is_default: false },
          },
          byRange: {
            summary: 'The highest version of a range.',
            request: { ...service, version_range: '^1.2' },
            answer: { ...second, is_default: false, ...information },
          },
          explained: {
            summary: 'The default revision, and why it is this one.',
            request: { ...service, explain: true },
            answer: {
              ...first,
              is_default: true,
              explanation: {
                rule: 'DEFAULT_BY_POLICY',
                description:
                  'The default policy "latest-semver" made my-org/my-service:1.2.9 the default when it was registered.',
                rejected: [
                  {
                    revision_tag: '2.0.0-beta.1',
                    reason: 'its registration said that it does not become the default',
                  },
                  { revision_tag: '1.3.0', reason: 'its registration said that it does not become the default' },
                ],
              },
            },
          },
          full: {
            summary: 'The default revision with all that is known of it.',
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
            },
          },
        },
      },
    },
    errors: [
      ...ofRevision,
      'CONFLICTING_SELECTORS',
      'INVALID_VERSION_RANGE',
      'INVALID_ALIAS',
      'INVALID_LABEL_SELECTOR',
      'REVISION_NOT_FOUND',
    ],
  },
  UpdateRevision: {
    summary: 'Update a revision',
    description: 'Changes the labels, the endpoints or the description of a revision, each as a whole.',
    successes: {
      200: {
        description: 'The revision as it is afterwards.',
        examples: {
          described: {
            summary: 'Another description, and no labels.',
            request: { ...second, description: 'Answers in time.', update_mask: 'description,labels' },
            answer: {
              ...second,
              is_default: false,
              endpoints: information.endpoints,
              description: 'Answers in time.',
              source: information.source,
            },
          },
        },
      },
    },
    errors: [
      ...ofRevision,
      'INVALID_UPDATE_MASK',
      'INVALID_LABELS',
      'INVALID_ENDPOINTS',
      'INVALID_DESCRIPTION',
      ...ofChange,
      'ETAG_MISMATCH',
      'REVISION_NOT_FOUND',
    ],
  },
  Deprecate: {
    summary: 'Deprecate a revision',
    description: 'Tells callers to leave a revision, which stays fit for use and may still be chosen.',
    successes: {
      200: {
        description: 'The revision as it is afterwards.',
        examples: {
          replaced: {
            summary: 'A revision with a better one.',
            request: { ...first, message: 'It answers too late.', replacement: '1.3.0' },
            answer: {
              ...first,
              is_default: false,
              state: 'DEPRECATED',
              deprecation: { message: 'It answers too late.', replacement: '1.3.0' },
            },
          },
        },
      },
    },
    errors: [
      ...ofRevision,
      'INVALID_REASON',
      ...ofChange,
      'ETAG_MISMATCH',
      'REVISION_NOT_FOUND',
      'TARGET_NOT_FOUND',
      'TARGET_YANKED',
    ],
    errorExamples: {
      INVALID_REASON: 'message has 1025 characters: it must have at most 1024.',
      TARGET_NOT_FOUND: 'replacement "9.9.9" is no revision of the service: it must be one.',
      TARGET_YANKED: 'replacement "0.9.0" is yanked: it must be a revision that is not.',
    },
  },
  Yank: {
    summary: 'Yank a revision',
    description:
      'Has a revision never be chosen again by a range, an alias that follows one, or a policy. An exact tag, and an ' +
      'alias that is fixed to it, still find it, with its state. Where it is the default, the default moves to what the ' +
      'policy chooses next, or is cleared, as the request says.',
    successes: {
      200: {
        description: 'The revision, and the default of its service, as they are afterwards.',
        examples: {
          bad: {
            summary: 'A bad release.',
            request: { ...beta, reason: 'It loses data.' },
            answer: {
              revision: { ...beta, is_default: false, state: 'YANKED', yank: { reason: 'It loses data.' } },
            },
          },
        },
      },
    },
    errors: [
      ...ofRevision,
      'INVALID_REASON',
      ...ofChange,
      'ETAG_MISMATCH',
      'REVISION_NOT_FOUND',
      'DEFAULT_POLICY_FAILED',
    ],
  },
  Restore: {
    summary: 'Restore a revision',
    description:
      'Makes a revision active again, whatever its state is. Aliases move to it where they follow a range of which it is ' +
      'the highest version then; the default stays.',
    successes: {
      200: {
        description: 'The revision as it is afterwards.',
        examples: {
          active: {
            summary: 'A revision that is not deprecated any more.',
            request: first,
            answer: { ...first, is_default: false },
          },
        },
      },
    },
    errors: [...ofRevision, ...ofChange, 'ETAG_MISMATCH', 'REVISION_NOT_FOUND'],
  },
  DeleteRevision: {
    summary: 'Delete a revision',
    description:
      'Removes a revision that is yanked and that neither the default nor an alias points to. Its tag is never used for ' +
      'other content.',
    successes: {
      200: {
        description: 'The revision is gone.',
        examples: {
          gone: { summary: 'A bad release, for good.', request: { ...beta, etag }, answer: {} },
        },
      },
    },
    errors: [
      ...ofRevision,
      'INVALID_ETAG',
      ...ofChange,
      'ETAG_MISMATCH',
      'REVISION_NOT_FOUND',
      'REVISION_NOT_YANKED',
      'REVISION_IN_USE',
    ],
  },
}
