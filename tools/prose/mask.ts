/** Stands for code: no sentence goes on across it. */
export const CODE = '¶'
/** Stands for a quotation, such as `code` in a sentence: it is a word of the sentence. */
export const QUOTED = '_'

/** The text with each match replaced by as many marks. Every other character keeps its place, and so does white space. */
export function mask(text: string, pattern: RegExp, mark: string): string {
  return text.replaceAll(pattern, (match) => match.replaceAll(/\S/g, mark))
}

/** A Markdown text without its code, quotations, links and marks. */
export function maskMarkdown(text: string): string {
  const prose = mask(text, /^[^\S\n]*(`{3,}|~{3,})[\s\S]*?^[^\S\n]*\1|<!--[\s\S]*?-->/gm, CODE)
  const marked = mask(prose, /^\s*(?:[-*+>]|\d+\.)(?= )|\|/gm, CODE)
  const code = mask(mask(marked, /\*\*/g, ' '), /(`+)(?!`)[^¶]*?\1/g, QUOTED)
  const links = mask(code, /(?<=\])\([^)\s]*\)|https?:\/\/[^\s)]+|<\/?\w[^<>]*>|\{@\w+[^}]*\}/g, QUOTED)
  return mask(links, /"[^"¶]{1,300}"|“[^”¶]{1,300}”/g, QUOTED)
}

/** The comments of a text in which everything else is masked already, without the marks that make them comments. */
export function maskComments(text: string): string {
  const blocks = mask(text, /\/\*\*?|\*\//g, CODE)
  const lines = mask(blocks, /(?<=(?:^|¶)[^\S\n]*)(?:\*(?=\s)|\/\/)/gm, ' ')
  return maskMarkdown(mask(lines, /@example\b[^¶]*?(?=@|¶)|@param \w+|@\w+/g, CODE))
}
