// The service of the examples, its revisions, and the parts of answers that several examples have.

export const service = { namespace: 'my-org', name: 'my-service' }
export const first = { ...service, revision_tag: '1.2.9' }
export const second = { ...service, revision_tag: '1.3.0' }
export const beta = { ...service, revision_tag: '2.0.0-beta.1' }
export const alpha = { ...service, revision_tag: '2.0.0-alpha.1' }
export const information = {
  labels: { tier: 'web' },
  endpoints: [{ protocol: 'grpc', uri: 'https://my-service.example.com:443', metadata: { region: 'eu' } }],
  description: 'Answers in half the time.',
  source: { repository: 'https://git.example.com/my-org/my-service', commit: '0a1b2c3d' },
  documentation_uri: 'https://docs.example.com/my-service/1.3.0',
}
/** The information after the example of UpdateRevision. */
export const updated = {
  endpoints: information.endpoints,
  description: 'Answers in time.',
  source: information.source,
  documentation_uri: information.documentation_uri,
}
/** A placeholder for a value that differs from run to run. */
export const etag = '0c5f2b9e-6f0a-4c2e-9a51-4f1d2c3b4a59'
export const heads = { highest_version: '2.0.0-beta.1', highest_release: '1.3.0', revision_count: 3, etag }
/** The error for a request with a time and a generation. */
export const twoStates = {
  fields: ['at_time', 'at_generation'],
  error: 'the request has at_time and at_generation; give at most one of them.',
}
