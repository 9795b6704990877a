/** The labels of one series. */
export type Labels = Readonly<Record<string, string>>

/** The name and the description of a metric. */
export interface Description {
  readonly name: string
  readonly help: string
}

/** A metric with three labels, or with fewer. Each combination of their values is a series. */
export class Family<Series> implements Description {
  readonly name: string
  readonly help: string
  readonly #toLabels: (a: string, b: string, c: string) => Labels
  readonly #newSeries: () => Series
  readonly #series = new Map<string, Map<string, Map<string, Series>>>()

  constructor(
    { name, help }: Description,
    newSeries: () => Series,
    toLabels: (a: string, b: string, c: string) => Labels,
  ) {
    this.name = name
    this.help = help
    this.#newSeries = newSeries
    this.#toLabels = toLabels
  }

  /** The series with these values. Maps of maps find it without making a key. */
  at(a: string, b = '', c = ''): Series {
    return this.#series.get(a)?.get(b)?.get(c) ?? this.#add(a, b, c)
  }

  /** All series that were used. */
  *[Symbol.iterator](): Iterator<readonly [Labels, Series]> {
    for (const [a, inA] of this.#series) {
      for (const [b, inB] of inA) {
        for (const [c, series] of inB) yield [this.#toLabels(a, b, c), series]
      }
    }
  }

  #add(a: string, b: string, c: string): Series {
    const inA = getOrAdd(this.#series, a, () => new Map<string, Map<string, Series>>())
    const inB = getOrAdd(inA, b, () => new Map<string, Series>())
    return getOrAdd(inB, c, this.#newSeries)
  }
}

function getOrAdd<Value>(map: Map<string, Value>, key: string, create: () => Value): Value {
  const value = map.get(key) ?? create()
  map.set(key, value)
  return value
}
