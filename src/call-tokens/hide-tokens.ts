/**
 * Replaces everything in a text that may be a token or a key: long runs of the characters that tokens consist of. Words,
 * names of files and times are shorter.
 */
export function hideTokens(text: string): string {
  return text.replaceAll(/[\w.~+=-]{32,}/g, '[hidden]')
}
