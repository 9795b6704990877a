import { etag, first, heads, ofChange, ofRevision, ofService, second, service } from './method-parts.ts'
import type { MethodText } from './method-text.ts'

/** The words for what is about a service as a whole, by the method's name. */
export const serviceMethods: Readonly<Record<string, MethodText>> = {
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
