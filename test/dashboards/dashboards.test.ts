import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import dashboard from '../../dashboards/waypost.json' with { type: 'json' }
import { root } from '../../tools/proto/read-comments.ts'
import { readPage } from '../support/documents.ts'
import { parseMetrics, type Sample } from '../support/metrics-text.ts'
import { makeEveryKindOfCall, type ObservedServer, startObserved } from '../support/observed-server.ts'
import { hasCommand, run, skipWithout } from '../support/tools.ts'

let observed: ObservedServer
let samples: Sample[]

beforeAll(async () => {
  observed = await startObserved()
  await makeEveryKindOfCall(observed.server.url)
  // Prometheus itself adds `up`, and both labels to every series.
  const text = `${await observed.readMetrics()}\nup 1\n`
  const added = { job: 'waypost', instance: '127.0.0.1:9464' }
  samples = parseMetrics(text).map((sample) => ({ ...sample, labels: { ...sample.labels, ...added } }))
})

afterAll(() => observed?.[Symbol.asyncDispose]())

const alerts = readPage('dashboards/alerts.yaml')
const rules = [...alerts.matchAll(/^ +- alert: (\w+)\n +expr: (.+(?:\n {10}.*)*)/gm)].map(
  ([, name = '', expression = '']) => [name, expression] as const,
)
const panels = dashboard.panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr }) => [title, expr] as [string, string]),
)

/** A metric in a query, with the labels that its selector names. */
interface Selector {
  readonly metric: string
  readonly labels: readonly string[]
}

function selectorsIn(expression: string): Selector[] {
  return [...expression.matchAll(/\b([a-z]\w+)\{((?:"[^"]*"|[^"}])*)\}/g)].map(([, metric = '', matchers = '']) => ({
    metric,
    labels: [...matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"/g)].map(([, label = '']) => label),
  }))
}

/** The labels that a query groups its series by. */
function groupsIn(expression: string): string[] {
  return [...expression.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, labels = '']) => labels.split(/,\s*/))
}

function hasSample(metric: string, labels: readonly string[]): boolean {
  return samples.some((sample) => sample.name === metric && labels.every((label) => label in sample.labels))
}

describe.each([
  ['the dashboard', panels],
  ['the alerts', rules],
])('%s', (_, queries) => {
  test.each(queries)('every metric and label of a query is in the metrics of a server: %s', (_, expression) => {
    const selectors = selectorsIn(expression)
    const missing = selectors.filter(({ metric, labels }) => !hasSample(metric, labels))
    expect(selectors.length).toBeGreaterThan(0)
    expect(missing).toEqual([])
    const groups = groupsIn(expression)
    expect(groups.filter((label) => !selectors.some(({ metric }) => hasSample(metric, [label])))).toEqual([])
    // Every name of a metric has a selector, so the lines above have looked at it.
    const names = expression.match(/\b(?:http|rpc|waypost|process|nodejs)_\w+(?=[^\w",)=!]|$)/g) ?? []
    expect(names.filter((name) => !selectors.some(({ metric }) => metric === name))).toEqual([])
  })
})

test('the dashboard has panels, and every panel has a description', () => {
  const shown = dashboard.panels.filter(({ type }) => type !== 'row')
  expect(shown.length).toBeGreaterThan(15)
  expect(shown.filter(({ description }) => !description)).toEqual([])
})

test('a share of failures is 0 if nothing has failed, although there is no series of failures then', () => {
  const shares = panels.filter(([, expression]) => expression.includes(' / '))
  expect(shares.length).toBeGreaterThan(0)
  for (const [, expression] of shares) expect(expression).toMatch(/^\(sum\(.*\) or vector\(0\)\) \/ sum/)
})

test('the time of all requests leaves out the calls that last as long as their clients want', () => {
  const endless = 'http_route!~"/grpc[.].*"'
  const times = panels.filter(([title]) => title === 'Time of requests')
  expect(times).toHaveLength(3)
  for (const [, expression] of times) expect(expression).toContain(endless)
})

test('docs/monitoring.md has every alert with its severity, and no other', () => {
  const severities = [...alerts.matchAll(/severity: (\w+)/g)].map(([, severity]) => severity)
  const rows = [...readPage('docs/monitoring.md').matchAll(/^\| `(Waypost\w+)` \| (\w+) \|/gm)]
  expect(rows.map(([, name, severity]) => [name, severity])).toEqual(
    rules.map(([name], index) => [name, severities[index]]),
  )
})

test('docs/monitoring.md has every metric of Waypost with its labels, and no other', () => {
  const rows = [
    ...readPage('docs/monitoring.md').matchAll(/^\| `(\w+)` \| (?:histogram|counter|gauge)[^|]*\| ([^|]+) \|/gm),
  ]
  const documented = rows.map(([, name = '', cell = '']) => [
    name,
    [...cell.matchAll(/`(\w+)`/g)].map(([, label]) => label),
  ])
  const ours = samples.filter(({ name }) => /^(?:http|rpc|waypost)_/.test(name))
  const labels = Map.groupBy(ours, ({ name }) => name.replace(/_(?:bucket|sum|count)$/, ''))
  const added = ['job', 'instance', 'le']
  const found = [...labels].map(([name, all]) => [
    name,
    [...new Set(all.flatMap((sample) => Object.keys(sample.labels)))].filter((label) => !added.includes(label)),
  ])
  expect(documented.map(String).sort()).toEqual(found.map(String).sort())
})

const reason = skipWithout(hasCommand('promtool'), 'the rules of alerts need promtool, which comes with prometheus.')

describe.skipIf(reason)('promtool', () => {
  test('promtool accepts the rules of the alerts', async () => {
    expect(await run('promtool', ['check', 'rules', 'dashboards/alerts.yaml'], root)).toContain('SUCCESS')
  })

  test('each alert fires for the trouble that it is for, and not for a busy healthy server', async () => {
    expect(await run('promtool', ['test', 'rules', 'test/dashboards/alerts.test.yaml'], root)).toContain('SUCCESS')
  })
})
