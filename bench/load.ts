import { autocannon } from './autocannon.ts'
import { findH2load } from './h2load.ts'
import type { LoadTool } from './load-tool.ts'
import type { Request } from './request.ts'
import { findWrk } from './wrk.ts'

const http1 = findWrk() ?? autocannon
const http2 = findH2load()

/** The tool for a version of HTTP. Undefined if this machine has none. */
export function loadTool(version: Request['version']): LoadTool | undefined {
  return version === 'HTTP/2' ? http2 : http1
}
