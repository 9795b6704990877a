import type { Frame } from './cpu-profile.ts'

const FUNCTIONS = 40

/** The time of a call by groups of code, and by functions, as text. `calls` is the number of calls in the profile. */
export function formatReport(tree: Frame, calls: number): string {
  const frames = flatten(tree)
  const format = (title: string, keyOf: (frame: Frame) => string, most: number) =>
    [`self time    µs/call  ${title}`, ...linesOf(sumBy(frames, keyOf), { total: tree.totalUs, calls, most })].join(
      '\n',
    )
  return [
    format('group', ({ group }) => group, Number.POSITIVE_INFINITY),
    format('function', ({ name, place, group }) => `${name}  ${place || `(${group})`}`, FUNCTIONS),
  ].join('\n\n')
}

function flatten(frame: Frame): Frame[] {
  return [frame, ...frame.children.flatMap(flatten)]
}

function sumBy(frames: readonly Frame[], keyOf: (frame: Frame) => string): Map<string, number> {
  const sums = new Map<string, number>()
  for (const frame of frames) sums.set(keyOf(frame), (sums.get(keyOf(frame)) ?? 0) + frame.selfUs)
  return sums
}

interface Scale {
  readonly total: number
  readonly calls: number
  readonly most: number
}

function linesOf(sums: Map<string, number>, { total, calls, most }: Scale): string[] {
  const sorted = [...sums].filter(([, us]) => us > 0).toSorted(([, a], [, b]) => b - a)
  return sorted.slice(0, most).map(([key, us]) => {
    const share = `${((us / total) * 100).toFixed(1)} %`.padStart(9)
    return `${share} ${(us / calls).toFixed(2).padStart(10)}  ${key}`
  })
}
