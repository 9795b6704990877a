import type { Endpoint, Revision } from '../../../gen/waypost/v1/revision_pb.ts'
import { type Checks, listOf, object, recordOf, text } from './checks/check.ts'

// This file has all code of the client for the information about a revision. A new field is added only here.

/** Facts about a revision that its pipeline or its owners add. */
export interface RevisionInformation {
  /** Names and values to select revisions by: up to 64, with the grammar of Kubernetes labels. */
  readonly labels?: Readonly<Record<string, string>> | undefined
  /** Addresses at which the revision can be reached: up to 16, of up to 65,536 characters in all. */
  readonly endpoints?: readonly RevisionEndpoint[] | undefined
  /** A description for people: up to 4096 characters. */
  readonly description?: string | undefined
  /** The address of the revision's documentation: an `https` URI of up to 2048 characters. */
  readonly documentationUri?: string | undefined
}

/** An address at which a revision can be reached. */
export interface RevisionEndpoint {
  /** The protocol, such as `grpc` or `https`: 1 to 63 of `a-z`, `0-9`, `+`, `.` or `-`. It begins with a letter. */
  readonly protocol: string
  /** The URI, with its scheme: up to 2048 characters. */
  readonly uri: string
  /** Anything else that a caller needs: up to 32 names of 1 to 63 characters, with values of up to 1024 characters. */
  readonly metadata?: Readonly<Record<string, string>> | undefined
}

const endpoint: Checks<RevisionEndpoint> = { protocol: text, uri: text, metadata: recordOf(text) }

/** The checks of the information in the options of a call. */
export const informationChecks: Checks<RevisionInformation> = {
  labels: recordOf(text),
  endpoints: listOf(object<RevisionEndpoint>(endpoint, ['protocol', 'uri'])),
  description: text,
  documentationUri: text,
}

/** The fields of a request for the information in the options. */
export function toInformationFields(information: RevisionInformation) {
  const { labels, endpoints, description, documentationUri } = information
  return {
    ...(labels !== undefined && { labels }),
    ...(endpoints !== undefined && { endpoints: endpoints.map(toEndpointFields) }),
    ...(description !== undefined && { description }),
    ...(documentationUri !== undefined && { documentationUri }),
  }
}

/** The information about a revision in an answer. A part that is empty is left out. */
export function fromInformationFields(revision: Revision): RevisionInformation {
  const { labels, endpoints, description, documentationUri } = revision
  return {
    ...(Object.keys(labels).length > 0 && { labels: { ...labels } }),
    ...(endpoints.length > 0 && { endpoints: endpoints.map(fromEndpointFields) }),
    ...(description !== '' && { description }),
    ...(documentationUri !== '' && { documentationUri }),
  }
}

function toEndpointFields({ protocol, uri, metadata = {} }: RevisionEndpoint) {
  return { protocol, uri, metadata }
}

function fromEndpointFields({ protocol, uri, metadata }: Endpoint): RevisionEndpoint {
  return { protocol, uri, ...(Object.keys(metadata).length > 0 && { metadata: { ...metadata } }) }
}
