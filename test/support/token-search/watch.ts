import type { ChildProcess } from 'node:child_process'
import { subscribe } from 'node:diagnostics_channel'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { basename } from 'node:path'
import type { Readable } from 'node:stream'
import { tokenIn } from './needles.ts'
import { recordOutput, recordToken } from './recorder.ts'

/**
 * Records the token of each request that this process sends or receives, over HTTP/1.1 and HTTP/2 and with `fetch`, and
 * everything that the processes write that it starts. So it does not matter by which helper a test makes its tokens.
 */
export function watchThisProcess(): void {
  on<{ request: IncomingMessage }>('http.server.request.start', ({ request }) => recordHeaders(request.headers))
  on<{ request: ClientRequest }>('http.client.request.start', ({ request }) => recordHeaders(request.getHeaders()))
  on<{ headers: object }>('http2.server.stream.start', ({ headers }) => recordHeaders(headers))
  on<{ headers: object }>('http2.client.stream.start', ({ headers }) => recordHeaders(headers))
  on<{ request: { headers: unknown } }>('undici:request:create', ({ request }) => recordRaw(request.headers))
  on<{ process: ChildProcess }>('child_process', ({ process }) => watchProcess(process))
}

function on<T>(channel: string, listener: (message: T) => void): void {
  subscribe(channel, (message) => listener(message as T))
}

function recordHeaders(headers: object): void {
  for (const value of [(headers as { authorization?: unknown }).authorization].flat()) recordToken(tokenIn(value))
}

// A list of names and values in turn, or the text of the headers, by the version of the library.
function recordRaw(headers: unknown): void {
  const list = Array.isArray(headers) ? headers.map(String) : String(headers).split(/\r\n|: /)
  for (const [index, name] of list.entries()) if (/^authorization$/i.test(name)) recordToken(tokenIn(list[index + 1]))
}

// The streams do not exist yet when the process is told.
function watchProcess(child: ChildProcess): void {
  setImmediate(() => {
    const { spawnargs = [] } = child
    recordToken(spawnargs[spawnargs.indexOf('--token') + 1 || spawnargs.length])
    const streams = printsTokens(spawnargs) ? [child.stderr] : [child.stdout, child.stderr]
    for (const stream of streams) if (stream) recordPushes(stream)
  })
}

// `waypost token` and `waypost auth token` print a token, because that is their purpose. Programs in Python are clients and
// issuers, which print the tokens that they make for a test.
function printsTokens([program = '', ...args]: readonly string[]): boolean {
  return args.includes('token') || basename(program).startsWith('python')
}

// By this line, a step of GitHub Actions tells that the text is a secret, so that no log shows it.
const MASK = /^::add-mask::.*$/gm

// A listener would make the stream flow before the test reads it.
function recordPushes(stream: Readable): void {
  const push = stream.push.bind(stream)
  stream.push = (chunk, encoding) => {
    if (chunk !== null) recordOutput(String(chunk).replaceAll(MASK, ''))
    return push(chunk, encoding)
  }
}
