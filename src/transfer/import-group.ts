import { importRevisions } from './import-revisions.ts'
import { importService } from './import-service.ts'
import type { Importing, Line } from './importing.ts'
import type { RevisionRecord, ServiceRecord } from './records.ts'

/**
 * Imports records of one service, one after the other. Throws `TOO_MANY_CONFLICTS` if other writers were first every
 * time.
 */
export async function importGroup(importing: Importing, lines: readonly Line[]): Promise<void> {
  let revisions: Line<RevisionRecord>[] = []
  for (const line of lines) {
    if (isRevision(line)) revisions.push(line)
    else if (isService(line)) {
      // The record refers to the revisions before it, so they are stored first.
      await importRevisions(importing, revisions)
      await importService(importing, line)
      revisions = []
    }
  }
  await importRevisions(importing, revisions)
}

function isRevision(line: Line): line is Line<RevisionRecord> {
  return line.record.kind === 'revision'
}

function isService(line: Line): line is Line<ServiceRecord> {
  return line.record.kind === 'service'
}
