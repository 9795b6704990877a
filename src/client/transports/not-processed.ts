/** The error for a request that the server did not process. So it can be sent again, even if it is a change. */
export class NotProcessed extends Error {
  /** Whether the request was sent. If not, it only waited for its turn. */
  readonly wasSent: boolean

  constructor(wasSent: boolean, cause?: unknown) {
    super('the server did not process the request', { cause })
    this.wasSent = wasSent
  }
}
