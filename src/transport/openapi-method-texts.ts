import type { ErrorReason } from '../domain/errors.ts'

/** A call that succeeds. Keys as in the API. */
export interface CallExample {
  readonly summary: string
  /** Every field that is given, those of the path included. */
  readonly request: Readonly<Record<string, unknown>>
  readonly answer: Readonly<Record<string, unknown>>
}

/** A status of success: when it comes, and calls that are answered so, by a key that is unique in the method. */
export interface SuccessText {
  readonly description: string
  readonly examples: Readonly<Record<string, CallExample>>
}

/** The words for a method. */
export interface MethodText {
  readonly summary: string
  readonly description: string
  /** By status. */
  readonly successes: Readonly<Record<number, SuccessText>>
  /** The reasons that this method has beside those that every route has. */
  readonly errors: readonly ErrorReason[]
  /** The reasons that every route has but this one. */
  readonly errorsNotHere?: readonly ErrorReason[]
  /** What errors say here, where that differs from what they say elsewhere. */
  readonly errorExamples?: Partial<Record<ErrorReason, string>>
}

const service = { namespace: 'my-org', name: 'my-service' }
const first = { ...service, revision_tag: '1.2.9' }
const second = { ...service, revision_tag: '1.3.0' }
const beta = { ...service, revision_tag: '2.0.0-beta.1' }
const information = {
  labels: { tier: 'web' },
  endpoints: [{ protocol: 'grpc', uri: 'https://my-service.example.com:443', metadata: { region: 'eu' } }],
  description: 'Answers in half the time.',
  source: { repository: 'https://git.example.com/my-org/my-service', commit: '0a1b2c3d' },
}
/** Stands for what is another one at each run. */
const etag = '0c5f2b9e-6f0a-4c2e-9a51-4f1d2c3b4a59'
const heads = { highest_version: '2.0.0-beta.1', highest_release: '1.3.0', revision_count: 3, etag }

const ofService: readonly ErrorReason[] = ['INVALID_NAMESPACE', 'INVALID_NAME']
const ofRevision: readonly ErrorReason[] = [...ofService, 'INVALID_REVISION_TAG']
const ofChange: readonly ErrorReason[] = ['INVALID_REQUEST_ID', 'REQUEST_ID_REUSED', 'TOO_MANY_CONFLICTS']
const ofList: readonly ErrorReason[] = ['INVALID_PAGE_SIZE', 'INVALID_PAGE_TOKEN']

/** By the method's name. */
export const methodTexts: Readonly<Record<string, MethodText>> = {
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
  SetDefault: {
    summary: 'Set the default by hand',
    description:
      'Makes a revision the default of its service, whatever the policy says. A later registration may make another one ' +
      'the default, as before.',
    successes: {
      200: {
        description: 'The service as it is afterwards.',
        examples: {
          byHand: {
            summary: 'Another default.',
            request: { ...second, reason: '1.2.9 answers too late' },
            answer: { ...service, default_revision_tag: '1.3.0', ...heads },
          },
        },
      },
    },
    errors: [...ofRevision, 'INVALID_REASON', ...ofChange, 'ETAG_MISMATCH', 'TARGET_NOT_FOUND', 'TARGET_YANKED'],
  },
  ClearDefault: {
    summary: 'Clear the default',
    description: 'Leaves a service without a default, until a registration, or somebody, makes one.',
    successes: {
      200: {
        description: 'The service as it is afterwards.',
        examples: {
          cleared: { summary: 'No default.', request: service, answer: { ...service, ...heads } },
        },
      },
    },
    errors: [...ofService, 'INVALID_REASON', ...ofChange, 'ETAG_MISMATCH', 'SERVICE_NOT_FOUND'],
  },
  SetAlias: {
    summary: 'Set an alias',
    description:
      'Points an alias to a revision, or has it follow a range: then it is the highest version of the range that is not ' +
      'yanked, and moves by itself. Exactly one of `revision_tag` and `follows` is given.',
    successes: {
      200: {
        description: 'The alias as it is afterwards.',
        examples: {
          fixed: {
            summary: 'An alias that stays with its revision.',
            request: { ...first, alias: 'production' },
            answer: { alias: 'production', revision_tag: '1.2.9', etag },
          },
          following: {
            summary: 'An alias that follows a range.',
            request: { ...service, alias: 'beta', follows: '>=2.0.0-0', include_prerelease: true },
            answer: {
              ...{ alias: 'beta', revision_tag: '2.0.0-beta.1', follows: '>=2.0.0-0', include_prerelease: true },
              etag,
            },
          },
        },
      },
    },
    errors: [
      ...ofRevision,
      'INVALID_ALIAS',
      'CONFLICTING_SELECTORS',
      'INVALID_VERSION_RANGE',
      ...ofChange,
      'ETAG_MISMATCH',
      'TARGET_NOT_FOUND',
      'TARGET_YANKED',
      'SERVICE_NOT_FOUND',
      'TOO_MANY_ALIASES',
    ],
    errorExamples: {
      CONFLICTING_SELECTORS:
        'revision_tag "1.2.9" and follows "^1.2" are given: at most one of revision_tag, follows may be.',
      INVALID_VERSION_RANGE:
        'follows ">>1" is not valid, it is not a range: it must be a range of semantic versions such as ^1.2, ' +
        '>=2.0.0-beta.1 or 1.x || 3.x, of at most 256 characters.',
    },
  },
  DeleteAlias: {
    summary: 'Delete an alias',
    description: 'Removes an alias. What it pointed to stays.',
    successes: {
      200: {
        description: 'The alias is gone.',
        examples: {
          gone: { summary: 'One alias less.', request: { ...service, alias: 'production' }, answer: {} },
        },
      },
    },
    errors: [...ofService, 'INVALID_ALIAS', ...ofChange, 'ETAG_MISMATCH', 'SERVICE_NOT_FOUND', 'ALIAS_NOT_FOUND'],
  },
  ListAliases: {
    summary: 'List aliases',
    description: 'Lists the aliases of a service, all of them, in the order of their names.',
    successes: {
      200: {
        description: 'The aliases.',
        examples: {
          all: {
            summary: 'The aliases of a service.',
            request: service,
            answer: {
              aliases: [
                { alias: 'beta', revision_tag: '2.0.0-beta.1', follows: '>=2.0.0-0', include_prerelease: true, etag },
              ],
              service_etag: etag,
            },
          },
        },
      },
    },
    errors: [...ofService, 'SERVICE_NOT_FOUND'],
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
  ListNamespaces: {
    summary: 'List namespaces',
    description: 'Lists the namespaces that have services.',
    successes: {
      200: {
        description: 'A page of namespaces.',
        examples: { all: { summary: 'All namespaces.', request: {}, answer: { namespaces: ['my-org'] } } },
      },
    },
    errors: ofList,
    // Names are keys: no entry is read.
    errorsNotHere: ['DAMAGED_ENTRY'],
    errorExamples: {
      INVALID_REQUEST:
        'cannot decode field waypost.v1.ListNamespacesRequest.page_size from JSON: expected number (int32), got "many"',
    },
  },
  ListServices: {
    summary: 'List services',
    description: 'Lists services in the order of their text, `namespace/name`.',
    successes: {
      200: {
        description: 'A page of services.',
        examples: {
          ofNamespace: {
            summary: 'The services of a namespace.',
            request: { prefix: 'my-org/' },
            answer: {
              services: [{ ...service, highest_version: '1.3.0', highest_release: '1.3.0', revision_count: 2, etag }],
            },
          },
        },
      },
    },
    errors: ['INVALID_PREFIX', 'INVALID_LABEL_SELECTOR', ...ofList],
    errorExamples: {
      INVALID_REQUEST:
        'cannot decode field waypost.v1.ListServicesRequest.page_size from JSON: expected number (int32), got "many"',
    },
  },
  ListRevisions: {
    summary: 'List revisions',
    description: 'Lists the revisions of a service, the last registered or the highest version first.',
    successes: {
      200: {
        description: 'A page of revisions.',
        examples: {
          highest: {
            summary: 'The highest version first.',
            request: { ...service, order: 'HIGHEST_VERSION_FIRST' },
            answer: {
              revisions: [
                {
                  ...second,
                  is_default: false,
                  endpoints: information.endpoints,
                  description: 'Answers in time.',
                  source: information.source,
                },
                { ...first, is_default: false },
              ],
            },
          },
        },
      },
    },
    errors: [...ofService, 'INVALID_LABEL_SELECTOR', ...ofList, 'SERVICE_NOT_FOUND'],
  },
  TestPolicy: {
    summary: 'Test the default policy',
    description:
      "Asks the server's default policy whether it would make a revision the default of its service now. Registers " +
      'nothing; the revision need not be there.',
    successes: {
      200: {
        description: 'What the policy says.',
        examples: {
          candidate: {
            summary: 'A candidate for a release.',
            request: { ...service, revision_tag: '2.0.0-rc.1' },
            answer: {
              ...{ policy: 'latest-semver', becomes_default: true },
              ...{ highest_version: '1.3.0', highest_release: '1.3.0' },
            },
          },
        },
      },
    },
    errors: [...ofRevision, 'DEFAULT_POLICY_FAILED'],
  },
}
