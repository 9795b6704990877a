/** The error for an address that the server cannot listen on. Its message contains the cause and the remedy. */
export function unusableAddress(cause: NodeJS.ErrnoException): Error {
  const explanation = explain(cause.code)
  return explanation === undefined ? cause : new Error(explanation, { cause })
}

function explain(code: string | undefined): string | undefined {
  switch (code) {
    case 'EADDRINUSE':
      return 'the port is in use; choose another port, or stop the program that listens on it.'
    case 'EADDRNOTAVAIL':
      return 'this machine does not have the address; use one of its addresses, or 0.0.0.0 for all of them.'
    case 'EACCES':
      return 'this user may not listen on the port; use a port of 1024 or above.'
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'the host name does not resolve; use a name of this machine, or one of its addresses.'
    default:
      return undefined
  }
}
