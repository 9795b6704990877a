import { InvalidArgumentError, Option } from 'commander'
import type { HistoryPoint } from '../../client/index.ts'
import { parseMoment } from '../../domain/history/moment.ts'

/** The flag of every command that can read an earlier state of a service. */
export interface AtFlags {
  readonly at?: HistoryPoint
}

/** The help of the two forms of a point. */
const forms = 'a generation such as 12, or a time such as 2026-11-24T12:00:00Z'

/** `--at`: answers with an earlier state of a service. */
export function atOption(): Option {
  return new Option('--at <point>', `answer with the state of the service at ${forms}`).argParser(parsePoint)
}

/** Parses a generation or a time. Throws an `InvalidArgumentError` if the text is neither. */
export function parsePoint(text: string): HistoryPoint {
  if (/^[1-9]\d{0,14}$/.test(text)) return { generation: Number(text) }
  if (isTime(text)) return { time: text }
  throw new InvalidArgumentError(`Use ${forms}.`)
}

/** Parses a time. Throws an `InvalidArgumentError` if the text is no time. */
export function parseTime(text: string): string {
  if (isTime(text)) return text
  throw new InvalidArgumentError('Use a time such as 2026-11-24T12:00:00Z.')
}

function isTime(text: string): boolean {
  return !Number.isNaN(parseMoment(text))
}
