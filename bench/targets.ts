/** A bound of a row. */
export type Target = { readonly atLeast: number } | { readonly atMost: number }

/** The bounds of ratios, by the name of the row. A row without a bound is for information. */
export const ratioTargets: Readonly<Record<string, Target>> = {
  'gRPC Get, HTTP/2': { atLeast: 0.7 },
  'gRPC Get, HTTP/2, beside etcd': { atLeast: 1 },
  'Connect Get (POST, JSON), HTTP/1.1': { atLeast: 0.6 },
  'Connect Get (GET, JSON), HTTP/1.1': { atLeast: 0.6 },
  'REST Get, HTTP/1.1': { atLeast: 0.75 },
  'REST Get, HTTP/2': { atLeast: 0.75 },
  'gRPC Register, 64 in flight': { atLeast: 1 },
  'gRPC Get at half of the maximum rate, p99': { atMost: 5 },
  'gRPC Get beside a rapid reset, median time': { atMost: 10 },
  'gRPC Get, 2 workers': { atLeast: 1.2 },
  'REST Get, HTTP/1.1, 2 workers': { atLeast: 1 },
  'gRPC Get with metrics': { atLeast: 0.9 },
  'gRPC Get above the rate limit': { atLeast: 1 },
  'REST Get, HTTP/1.1, above the rate limit': { atLeast: 1 },
  'gRPC Get with a targeting key': { atMost: 1.15 },
  'REST Get, HTTP/1.1, with a targeting key': { atMost: 1.15 },
  'Register, durable, 32 clients, REST': { atLeast: 0.5 },
  'Register, durable, 1 client, REST': { atLeast: 0.75 },
  'Register, durable, 64 clients, REST': { atLeast: 0.75 },
  'Get beside 8 clients that register, a sync of 10 ms': { atLeast: 0.85 },
  'Get the default, 1,000,000 revisions, many services': { atMost: 1.3 },
  'Get a tag, 1,000,000 revisions, many services': { atMost: 1.3 },
  'Get the default, 1,000,000 revisions, one service': { atMost: 1.3 },
  'Get a tag, 1,000,000 revisions, one service': { atMost: 1.3 },
  'Get a tag, 10,000,000 revisions': { atMost: 1.3 },
  'Get the range ^1.2, 1,000,000 revisions, one service': { atMost: 2 },
  'Get ranges such as ~1.250, 1,000,000 revisions, one service': { atMost: 2 },
  'List 100 of 1,000,000 services, at the end': { atMost: 1.5 },
  'List 100 of 1,000,000 changes, at the end': { atMost: 1.5 },
  'Get at a generation, 1,000,000 changes': { atMost: 3 },
  'Get at a time, 1,000,000 changes': { atMost: 3 },
  'List 100 of 1,000,000 changes, at the end, MongoDB': { atMost: 1.5 },
  'A lookup at a generation, 1,000,000 changes, MongoDB, median time': { atMost: 3 },
  'waypost --version, as it is packed': { atMost: 2.5 },
  'waypost get, as it is packed': { atMost: 2.5 },
  'The worst 1 MiB, REST': { atMost: 5 },
  'The worst 1 MiB, Connect, JSON': { atMost: 5 },
  'The worst 1 MiB, Connect, protobuf': { atMost: 5 },
  'Get the default, replica set, median time': { atMost: 2 },
  'Get the default, replica set, 64 in flight': { atLeast: 0.7 },
  'Get a tag, replica set, median time': { atMost: 2 },
  'Get a tag, replica set, 64 in flight': { atLeast: 0.7 },
  'A lookup of the default in the process, replica set, median time': { atMost: 2 },
  'Register many services, 24 clients, replica set': { atLeast: 0.5 },
}

/** The bounds of rows that are compared with a fixed limit, by the name of the row and in its unit. */
export const limits: Readonly<Record<string, Target>> = {
  'SDK Get, 64 in flight': { atLeast: 10_000 },
  'SDK Get, one at a time': { atLeast: 1_600 },
  'SDK Get from its cache': { atMost: 2 },
  'The permission of a new caller, 1,000 grants': { atMost: 20 },
  'The permission of a known caller, 1,000 grants': { atMost: 1 },
  'Growth of the heap at full rate, each minute': { atMost: 1 },
  'Its time for 99 % of the lookups': { atMost: 5 },
  'Start with 10,000,000 revisions': { atMost: 1 },
  'The anonymous memory of that server': { atMost: 250 },
  'Get a range built to be slow, 1,000,000 revisions, one service': { atMost: 5_000 },
  'The most commands of a Get at a time, 1,000,000 changes, MongoDB': { atMost: 20 },
  'Import 1,000,000 revisions, one service': { atMost: 60 },
  'Import 1,000,000 revisions, 100,000 services, in no order': { atMost: 60 },
  'Import 1,000,000 revisions, MongoDB, single server': { atMost: 120 },
  'Its memory at the peak': { atMost: 400 },
  'Register one service, 24 clients of 3 servers, replica set': { atLeast: 300 },
  'Its time for 99 % of the calls': { atMost: 1_000 },
  'List 1,000 revisions, replica set': { atMost: 150 },
}

/** The bound of the ratio of a row. A measurement beside a fixed limit has the ratio 1 if it is equal to the limit. */
export function targetOf(name: string): Target | undefined {
  const limit = limits[name]
  if (limit === undefined) return ratioTargets[name]
  return 'atLeast' in limit ? { atLeast: 1 } : { atMost: 1 }
}

/** Whether a ratio keeps its bound. */
export function isMet(ratio: number, target: Target): boolean {
  return 'atLeast' in target ? ratio >= target.atLeast : ratio <= target.atMost
}
