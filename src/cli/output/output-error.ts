/** The error for a standard output that cannot be written, such as a file on a full disk. */
export class OutputError extends Error {
  override readonly name = 'OutputError'

  constructor(cause: NodeJS.ErrnoException) {
    super(
      `standard output cannot be written (${cause.code ?? cause.message}), but the command may have been carried out; ` +
        'write to another place.',
      { cause },
    )
  }
}
