import { expect, test } from 'vitest'
import { type CpuProfile, idleShare, toTree } from '../../bench/profile/cpu-profile.ts'
import { toFlameGraph } from '../../bench/profile/flame-graph.ts'
import { formatReport } from '../../bench/profile/report.ts'

const OURS = new URL('../../src/server/rpc/', import.meta.url)
const STORE = new URL('../../src/store/sqlite/store.ts', import.meta.url)

function node(id: number, functionName: string, url: string, children: readonly number[] = []) {
  return { id, callFrame: { functionName, url, lineNumber: 11 }, children }
}

// A profile of 1 ms with ten calls. The server waited for half of the time.
const profile: CpuProfile = {
  nodes: [
    node(1, '(root)', '', [2, 3, 4, 5]),
    node(2, '(idle)', ''),
    node(3, '(garbage collector)', ''),
    node(4, 'constructor', 'node:internal/http2/core', [6, 7]),
    node(5, '', new URL('../../node_modules/@bufbuild/protobuf/dist/a.js', import.meta.url).href),
    node(6, 'answer<T>', `${OURS}grpc.ts`, [8]),
    node(7, 'respond', ''),
    node(8, 'read', STORE.href, [9]),
    node(9, 'get', ''),
  ],
  samples: [2, 3, 4, 5, 6, 7, 8, 9],
  timeDeltas: [500, 20, 30, 50, 100, 100, 80, 120],
}

test('the report has the time of a call by groups of code, without the time in which the process waited', () => {
  const [groups] = formatReport(toTree(profile), 10).split('\n\n')
  expect(groups?.split('\n')).toEqual([
    'self time    µs/call  group',
    '   24.0 %      12.00  SQLite',
    '   20.0 %      10.00  src/server/rpc',
    '   20.0 %      10.00  node:http2, native',
    '   16.0 %       8.00  src/store/sqlite',
    '   10.0 %       5.00  @bufbuild/protobuf',
    '    6.0 %       3.00  node:http2',
    '    4.0 %       2.00  garbage collection',
  ])
  expect(idleShare(profile)).toBe(0.5)
})

test('the report has the time of each function with its place', () => {
  const [, functions] = formatReport(toTree(profile), 10).split('\n\n')
  expect(functions?.split('\n').slice(0, 4)).toEqual([
    'self time    µs/call  function',
    '   24.0 %      12.00  get  (SQLite)',
    '   20.0 %      10.00  answer<T>  src/server/rpc/grpc.ts:12',
    '   20.0 %      10.00  respond  (node:http2, native)',
  ])
})

test('the flame graph has a box for each function, below the function that called it', () => {
  const svg = toFlameGraph(toTree(profile), 'grpc & more')
  const boxes = [...svg.matchAll(/<title>(\S+) .*<\/title><rect x="([\d.]+)" y="(\d+)" width="([\d.]+)"/g)]
  expect(boxes.map(([, name, ...numbers]) => [name, ...numbers.map(Number)])).toEqual([
    ['(root)', 0, 18, 1600],
    ['constructor', 0, 36, 1376],
    ['answer&lt;T&gt;', 0, 54, 960],
    ['read', 0, 72, 640],
    ['get', 0, 90, 384],
    ['respond', 960, 54, 320],
    ['(anonymous)', 1376, 36, 160],
    ['(garbage', 1536, 36, 64],
  ])
  expect(svg).toContain('<text x="4" y="13">grpc &amp; more</text>')
})
