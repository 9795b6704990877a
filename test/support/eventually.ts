/**
 * Repeats the check until it is true. If that takes too long, it throws, with the last error of the check as the cause.
 */
export async function eventually(what: string, check: () => Promise<boolean>, timeoutMs = 30_000): Promise<void> {
  const end = performance.now() + timeoutMs
  let cause: unknown
  while (performance.now() < end) {
    try {
      if (await check()) return
    } catch (error) {
      cause = error
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`never in ${timeoutMs} ms: ${what}`, { cause })
}
