import type { ErrorReason } from '../../src/domain/errors.ts'

// What the words for several methods share: the service of the examples, and which reasons go together.

export const service = { namespace: 'my-org', name: 'my-service' }
export const first = { ...service, revision_tag: '1.2.9' }
export const second = { ...service, revision_tag: '1.3.0' }
export const beta = { ...service, revision_tag: '2.0.0-beta.1' }
export const information = {
  labels: { tier: 'web' },
  endpoints: [{ protocol: 'grpc', uri: 'https://my-service.example.com:443', metadata: { region: 'eu' } }],
  description: 'Answers in half the time.',
  source: { repository: 'https://git.example.com/my-org/my-service', commit: '0a1b2c3d' },
}
/** Stands for what is another one at each run. */
export const etag = '0c5f2b9e-6f0a-4c2e-9a51-4f1d2c3b4a59'
export const heads = { highest_version: '2.0.0-beta.1', highest_release: '1.3.0', revision_count: 3, etag }

export const ofService: readonly ErrorReason[] = ['INVALID_NAMESPACE', 'INVALID_NAME']
export const ofRevision: readonly ErrorReason[] = [...ofService, 'INVALID_REVISION_TAG']
export const ofChange: readonly ErrorReason[] = ['INVALID_REQUEST_ID', 'REQUEST_ID_REUSED', 'TOO_MANY_CONFLICTS']
export const ofList: readonly ErrorReason[] = ['INVALID_PAGE_SIZE', 'INVALID_PAGE_TOKEN']
