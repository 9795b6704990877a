/** Labels in the form of the command line: `tier=web,region=eu`. */
export function formatLabels(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',')
}

/** A line with a title; nothing if there is no text. Line breaks become spaces: a text cannot imitate another line. */
export function row(title: string, text: string | undefined): string[] {
  return text === undefined || text === '' ? [] : [`${title}: ${text.replaceAll(/\s+/g, ' ')}`]
}
