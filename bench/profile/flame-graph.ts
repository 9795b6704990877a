import type { Frame } from './cpu-profile.ts'

const WIDTH = 1_600
const ROW = 18
/** The width of a character, in pixels. */
const CHARACTER = 6.2
/** Narrower frames are left out, because nobody could see them. */
const LEAST_WIDTH = 0.5

/** A flame graph as an SVG: each row has the functions that the row above called. Their widths are their times. */
export function toFlameGraph(tree: Frame, title: string): string {
  const boxes = [...boxesOf(tree, { x: 0, depth: 1, scale: WIDTH / tree.totalUs, totalUs: tree.totalUs })]
  const height = ROW * (2 + Math.max(...boxes.map(({ depth }) => depth)))
  const head = `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" font-family="monospace" font-size="10">`
  return [head, `<text x="4" y="13">${escapeXml(title)}</text>`, ...boxes.map(({ svg }) => svg), '</svg>', ''].join(
    '\n',
  )
}

interface Place {
  readonly x: number
  readonly depth: number
  /** The pixels of a microsecond. */
  readonly scale: number
  readonly totalUs: number
}

function* boxesOf(frame: Frame, place: Place): Generator<{ readonly depth: number; readonly svg: string }> {
  const width = frame.totalUs * place.scale
  if (width < LEAST_WIDTH) return
  yield { depth: place.depth, svg: toBox(frame, place, width) }
  let { x } = place
  for (const child of frame.children.toSorted((a, b) => b.totalUs - a.totalUs)) {
    yield* boxesOf(child, { ...place, x, depth: place.depth + 1 })
    x += child.totalUs * place.scale
  }
}

function toBox({ name, place: file, group, totalUs, selfUs }: Frame, { x, depth, totalUs: all }: Place, width: number) {
  const percent = (us: number) => `${((us / all) * 100).toFixed(1)} %`
  const tip = `${name} ${file} (${group}): ${percent(totalUs)}, itself ${percent(selfUs)}`
  const text = name.slice(0, Math.max(0, Math.floor((width - 4) / CHARACTER)))
  const y = depth * ROW
  const rect = `<rect x="${x.toFixed(1)}" y="${y}" width="${width.toFixed(1)}" height="${ROW - 1}" fill="${colorOf(group)}"/>`
  const label = `<text x="${(x + 2).toFixed(1)}" y="${y + 12}">${escapeXml(text)}</text>`
  return `<g><title>${escapeXml(tip)}</title>${rect}${label}</g>`
}

/** The same group always has the same color. */
function colorOf(group: string): string {
  const hue = [...group].reduce((sum, character) => (sum * 31 + (character.codePointAt(0) ?? 0)) % 360, 7)
  return `hsl(${hue} 65% 78%)`
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
