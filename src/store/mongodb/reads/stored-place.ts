import { formatServiceId, type ServiceId } from '../../../domain/sruid.ts'
import { hasLongNumber } from '../../../domain/versions/version-key.ts'
import type { RevisionScan } from '../../store.ts'
import { COMMAND_TIMEOUT_MS, type MongoConnection } from '../connection.ts'

/**
 * The same scan, which begins at the place that the index has for its last registration. An earlier version may have
 * stored a rounded key. The command that this costs is rare: only keys with numbers of 16 and more digits need it.
 */
export async function withStoredPlace(
  { entries }: MongoConnection,
  service: ServiceId,
  scan: RevisionScan,
): Promise<RevisionScan> {
  if (scan.order !== 'version' || scan.after === undefined || !hasLongNumber(scan.after.versionKey)) return scan
  const { versionKey, ordinal } = scan.after
  const found = await entries.findOne(
    { service: formatServiceId(service), generation: ordinal },
    { projection: { 'registration.version': 1 }, maxTimeMS: COMMAND_TIMEOUT_MS },
  )
  return { ...scan, after: { versionKey: found?.registration?.version ?? versionKey, ordinal } }
}
