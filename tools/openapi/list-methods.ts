import { etag, first, information, ofList, ofService, second, service } from './method-parts.ts'
import type { MethodText } from './method-text.ts'

/** The words for lists, by the method's name. */
export const listMethods: Readonly<Record<string, MethodText>> = {
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
}
