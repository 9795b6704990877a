/** The error for a file that cannot be opened as a store. Its message contains the cause and the remedy. */
export function unusableFile(cause: unknown): unknown {
  if (!(cause instanceof Error)) return cause
  const { errcode, code = '' } = cause as { readonly errcode?: number; readonly code?: string }
  // The low byte is the primary code of SQLite. The rest tells its variants apart.
  const explanation = errcode === undefined ? explainSystemError(code) : explainSqliteError(errcode & 0xff)
  return explanation === undefined ? cause : new Error(explanation, { cause })
}

// https://www.sqlite.org/rescode.html
function explainSqliteError(primaryCode: number): string | undefined {
  switch (primaryCode) {
    case 5:
      return 'another process has locked the file; try again later.'
    case 8:
      return 'the file is read-only; let this user write to the file and its folder.'
    case 10:
      return 'the disk reports an error; check the disk, or use another path.'
    case 11:
      return 'the file is damaged; restore it from a backup.'
    case 13:
      return 'the disk is full; free some space.'
    case 14:
      return 'the file cannot be opened; use the path of a file that this user may read and write.'
    case 26:
      return 'the file is not a database; use the path of a Waypost store, or of a file that does not exist yet.'
    default:
      return undefined
  }
}

function explainSystemError(code: string): string | undefined {
  switch (code) {
    case 'ENOENT':
      return 'the folder does not exist; make it, or use another path.'
    case 'ENOTDIR':
      return 'a part of the path is not a folder; use another path.'
    case 'EISDIR':
      return 'the path is a folder; use the path of a file.'
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return 'this user may not write to the file or its folder; change the permissions, or use another path.'
    case 'ENOSPC':
      return 'the disk is full; free some space.'
    default:
      return undefined
  }
}
