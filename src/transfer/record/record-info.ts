import { type GivenInfo, noInfo, parseInfo, type RevisionInfo } from '../../domain/revision-info.ts'
import { array, type Fields, object, requireKnown, requireTexts, text } from './record-fields.ts'

// The information about a revision in a record. Empty parts are left out.

/** The keys of the information. */
export const infoKeys = ['labels', 'endpoints', 'description', 'documentation_uri', 'source'] as const

/** Makes the fields of a record for this information. The inverse of `toInfo`. */
export function fromInfo({ labels, endpoints, description, source, documentationUri }: RevisionInfo): Fields {
  return {
    ...(labels.length > 0 && { labels: Object.fromEntries(labels) }),
    ...(endpoints.length > 0 && { endpoints: endpoints.map(fromEndpoint) }),
    ...(description !== '' && { description }),
    ...(documentationUri !== '' && { documentation_uri: documentationUri }),
    ...fromSource(source),
  }
}

/** Parses the information in a record. Throws `INVALID_REQUEST` for a wrong type, or an error of `parseInfo`. */
export function toInfo(record: Fields): RevisionInfo {
  const source = object(record, 'source', {})
  const { labels } = record
  const endpoints = array(record, 'endpoints').map((endpoint) => ({ protocol: '', uri: '', ...endpoint }))
  requireTexts(labels, 'labels')
  requireKnown(source, ['repository', 'commit', 'image_digest'], 'source.')
  requireTexts(source, 'source')
  for (const [index, { metadata, ...texts }] of (endpoints as readonly Fields[]).entries()) {
    const field = `endpoints[${index}]`
    requireKnown(texts, ['protocol', 'uri'], `${field}.`)
    requireTexts(texts, field)
    requireTexts(metadata, `${field}.metadata`)
  }
  const description = text(record, 'description', '')
  const documentationUri = text(record, 'documentation_uri', '')
  const given = {
    labels,
    endpoints,
    description,
    documentationUri,
    source: { ...source, imageDigest: source.image_digest },
  }
  return parseInfo(given as GivenInfo)
}

function fromEndpoint({ metadata, ...rest }: RevisionInfo['endpoints'][number]): Fields {
  return { ...rest, ...(metadata.length > 0 && { metadata: Object.fromEntries(metadata) }) }
}

function fromSource({ repository, commit, imageDigest }: RevisionInfo['source']): Fields {
  const source = {
    ...(repository !== noInfo.source.repository && { repository }),
    ...(commit !== noInfo.source.commit && { commit }),
    ...(imageDigest !== noInfo.source.imageDigest && { image_digest: imageDigest }),
  }
  return Object.keys(source).length > 0 ? { source } : {}
}
