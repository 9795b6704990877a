import type { OperationExamples } from './example.ts'
import { beta, etag, first, heads, second, service, twoStates, updated } from './values.ts'

const production = { alias: 'production', revision_tag: '1.2.9', etag }
const following = { alias: 'beta', revision_tag: '2.0.0-beta.1', follows: '>=2.0.0-0', include_prerelease: true, etag }
const unknownKey = {
  fields: ['pagesize'],
  error: '"pagesize" is not a parameter of this request; did you mean "page_size"?',
}

/** Examples of calls about services, their defaults and their aliases, and of lists, by operation. */
export const serviceExamples: Readonly<Record<string, OperationExamples>> = {
  setDefault: {
    calls: {
      byHand: {
        summary: 'Another default.',
        request: { ...second, reason: '1.2.9 answers too late' },
        answer: {
          ...{ ...service, default_revision_tag: '1.3.0', ...heads },
          effect: { default_revision: { before: '1.2.9', after: '1.3.0' }, moved: 100_000 },
        },
      },
    },
  },
  clearDefault: {
    calls: {
      cleared: {
        summary: 'No default.',
        request: service,
        answer: { ...service, ...heads, effect: { default_revision: { before: '1.3.0' }, moved: 100_000 } },
      },
    },
  },
  setAlias: {
    calls: {
      fixed: {
        summary: 'An alias that is fixed to a revision.',
        request: { ...first, alias: 'production' },
        answer: { ...production, effect: { aliases: [{ alias: 'production', after: '1.2.9' }], moved: 0 } },
      },
      following: {
        summary: 'An alias that follows a range.',
        request: { ...service, alias: 'beta', follows: '>=2.0.0-0', include_prerelease: true },
        answer: { ...following, effect: { aliases: [{ alias: 'beta', after: '2.0.0-beta.1' }], moved: 0 } },
      },
    },
    errors: {
      CONFLICTING_SELECTORS: {
        fields: ['revision_tag', 'follows'],
        error: 'the request has revision_tag "1.2.9" and follows "^1.2"; give at most one of revision_tag, follows.',
      },
      INVALID_VERSION_RANGE: {
        fields: ['follows'],
        error:
          'follows ">>1" is not valid; use a range of semantic versions, such as ^1.2, >=2.0.0-beta.1 or 1.x || 3.x, ' +
          'of at most 256 characters.',
      },
    },
  },
  whoAmI: {
    // It reads nothing.
    never: ['INTERNAL'],
    errors: {
      INVALID_REQUEST: {
        fields: ['pagesize'],
        error: '"pagesize" is not a parameter of this request; use one of permission, resource.',
      },
    },
    calls: {
      check: {
        summary: 'A permission that the caller has, because the registry has no access control.',
        request: { permission: 'register', resource: 'my-org/my-service' },
        answer: {
          caller: { name: 'anonymous', kind: 'ANONYMOUS' },
          grants: [{ permissions: ['admin'], on: ['*'] }],
          check: { allowed: true },
        },
      },
    },
  },
  issueCallToken: {
    calls: {
      default: {
        summary: 'A token to call the default revision.',
        request: service,
        answer: {
          revision: { ...first, is_default: true },
          access_token: 'eyJ…',
          token_type: 'Bearer',
          expires_in: 300,
        },
      },
    },
  },
  getAlias: {
    calls: { fixed: { summary: 'One alias.', request: { ...service, alias: 'production' }, answer: production } },
    errors: { CONFLICTING_SELECTORS: twoStates },
  },
  deleteAlias: {
    calls: {
      gone: {
        summary: 'An alias that is deleted.',
        request: { ...service, alias: 'production' },
        answer: { effect: { aliases: [{ alias: 'production', before: '1.2.9' }], moved: 0 } },
      },
    },
  },
  listAliases: {
    calls: {
      all: {
        summary: 'The aliases of a service.',
        request: service,
        answer: { aliases: [following], service_etag: etag, generation: '12' },
      },
    },
    errors: { CONFLICTING_SELECTORS: twoStates },
  },
  listNamespaces: {
    calls: { all: { summary: 'All namespaces.', request: {}, answer: { namespaces: ['my-org'] } } },
    errors: { INVALID_REQUEST: unknownKey },
  },
  listServices: {
    calls: {
      ofNamespace: {
        summary: 'The services of a namespace.',
        request: { prefix: 'my-org/' },
        answer: { services: [{ ...service, ...heads }] },
      },
    },
    errors: { INVALID_REQUEST: unknownKey },
  },
  listRevisions: {
    calls: {
      highest: {
        summary: 'The highest version first.',
        request: { ...service, order: 'HIGHEST_VERSION_FIRST' },
        answer: {
          revisions: [
            { ...beta, is_default: false },
            { ...second, is_default: false, ...updated },
            { ...first, is_default: false },
          ],
          generation: '23',
        },
      },
    },
    errors: { CONFLICTING_SELECTORS: twoStates },
  },
  testPolicy: {
    calls: {
      candidate: {
        summary: 'A candidate for a release.',
        request: { ...service, revision_tag: '2.0.0-rc.1' },
        answer: {
          ...{ policy: 'latest-semver', becomes_default: true },
          ...{ highest_version: '2.0.0-beta.1', highest_release: '1.3.0' },
        },
      },
    },
  },
}
