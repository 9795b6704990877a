/** One line of the text that Prometheus reads. */
export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** Reads the samples in the text that Prometheus reads. */
export function parseMetrics(text: string): Sample[] {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return lines.map((line) => {
    const [, name = '', labels = '', value = ''] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? []
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label = '', text = '']) => [label, text])
    return { name, labels: Object.fromEntries(pairs), value: Number(value) }
  })
}

/** The value of the sample with this name and at least these labels. Fails if there is not exactly one. */
export function readValue(samples: readonly Sample[], name: string, labels: Sample['labels'] = {}): number {
  const found = samples.filter((sample) => sample.name === name && hasLabels(sample, labels))
  if (found.length !== 1) throw new Error(`${found.length} samples have the name ${name} and ${JSON.stringify(labels)}`)
  return found[0]?.value ?? Number.NaN
}

function hasLabels(sample: Sample, labels: Sample['labels']): boolean {
  return Object.entries(labels).every(([label, value]) => sample.labels[label] === value)
}
