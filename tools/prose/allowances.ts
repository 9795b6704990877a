import type { Finding } from './find.ts'

/** Allows one rule from the first line that is not empty behind the allowance to the next empty line. */
interface Allowance {
  readonly rule: string
  readonly reason: string
  /** Its own line, and the first and the last that it allows the rule in. All count from 1. */
  readonly line: number
  readonly first: number
  readonly last: number
}

const ALLOWANCE = /^\s*(?:<!--|\/\/) *prose: allow\b *([\w-]*)(?:: *(.*?))? *(?:-->)?$/

/** The text with its allowances masked: they are no prose. */
export function withoutAllowances(text: string): string {
  return text.replaceAll(new RegExp(ALLOWANCE, 'gm'), (line) => line.replaceAll(/\S/g, ' '))
}

/** The findings that no allowance of the text covers, and the allowances that have no reason or cover nothing. */
export function applyAllowances(text: string, findings: readonly Finding[]): Finding[] {
  const allowances = readAllowances(text.split('\n'))
  const covers = ({ rule, first, last }: Allowance, { rule: found, line }: Finding) =>
    rule === found && first <= line && line <= last
  const left = findings.filter((finding) => !allowances.some((allowance) => covers(allowance, finding)))
  const wrong = allowances.flatMap((allowance) => {
    if (!allowance.reason) return [complaint(allowance, 'write "prose: allow RULE: REASON"')]
    return findings.some((finding) => covers(allowance, finding))
      ? []
      : [complaint(allowance, 'delete it: it allows nothing')]
  })
  return [...left, ...wrong].toSorted((a, b) => a.line - b.line)
}

function readAllowances(lines: readonly string[]): Allowance[] {
  return lines.flatMap((text, index) => {
    const [match, rule = '', reason = ''] = ALLOWANCE.exec(text) ?? []
    if (match === undefined) return []
    const start = lines.findIndex((line, at) => at > index && line.trim() !== '')
    const end = lines.findIndex((line, at) => at > start && line.trim() === '')
    return [{ rule, reason, line: index + 1, first: start + 1, last: end === -1 ? lines.length : end }]
  })
}

function complaint({ rule, line }: Allowance, instead: string): Finding {
  return { rule: 'allowance', line, column: 1, words: `prose: allow ${rule}`, instead }
}
