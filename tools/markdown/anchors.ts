const FENCE = /^ *(`{3,}|~{3,})[\s\S]*?^ *\1/gm

/** The text with its blocks of code emptied. They keep their lines. */
export function withoutCode(markdown: string): string {
  return markdown.replaceAll(FENCE, (block) => block.replaceAll(/[^\n]/g, ''))
}

/** The anchors of a document that a link can name, as GitHub makes them of its headings. */
export function readAnchors(markdown: string): ReadonlySet<string> {
  const headings = [...withoutCode(markdown).matchAll(/^#{1,6} +(.*?)[ #]*$/gm)].map(([, text = '']) => toAnchor(text))
  const ids = [...markdown.matchAll(/<\w+ (?:id|name)="([^"]+)"/g)].map(([, id = '']) => id)
  return headings.reduce((anchors, anchor) => anchors.add(unusedAnchor(anchors, anchor)), new Set(ids))
}

function toAnchor(heading: string): string {
  const text = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase()
  return text.replaceAll(/[^\p{L}\p{M}\p{N}\p{Pc} -]/gu, '').replaceAll(' ', '-')
}

/** GitHub counts headings that would have the same anchor: the second one of `usage` has `usage-1`. */
function unusedAnchor(anchors: ReadonlySet<string>, anchor: string): string {
  let unused = anchor
  for (let count = 1; anchors.has(unused); count++) unused = `${anchor}-${count}`
  return unused
}
