import { decodeInput } from './decode-input.ts'
import { withoutFrame } from './frame.ts'
import { type RecordText, splitRecords } from './split-records.ts'

/**
 * Yields the records of an input while its bytes arrive. Rejects, with the position, if the input is empty, damaged or
 * cut off. See `decodeInput`, `splitRecords` and `withoutFrame`.
 */
export function readRecords(input: AsyncIterable<Buffer>): AsyncGenerator<readonly RecordText[]> {
  return withoutFrame(splitRecords(decodeInput(input)))
}
