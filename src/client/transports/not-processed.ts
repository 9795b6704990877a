/** The error for a request that the server did not process. So it can be sent again, even if it is a change. */
export class NotProcessed extends Error {
  /**
   * Whether the server refused the request, or took no request at all over this connection. If not, the request only
   * waited for its turn, and another connection may serve it.
   */
  readonly isRefusal: boolean

  constructor(isRefusal: boolean, cause?: unknown) {
    super('the server did not process the request', { cause })
    this.isRefusal = isRefusal
  }
}
