/** Labels as they are given on the command line. */
export function formatLabels(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',')
}

/** A line with a title; none if there is no text. It is one line, so that no text looks like another. */
export function row(title: string, text: string | undefined): string[] {
  return text === undefined || text === '' ? [] : [`${title}: ${text.replaceAll(/\s+/g, ' ')}`]
}
