const FORM = /^\d{4}-\d\d-\d\dT(?!24)\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/

/**
 * Parses a time in the format of RFC 3339, such as `2026-11-24T12:00:00Z`. Returns milliseconds since 1970 (UTC), without the
 * digits below a millisecond. Returns NaN for any other text, and for a day that does not exist, such as February 30.
 */
export function parseMoment(text: string): number {
  const day = text.slice(0, 10)
  // `Date` reads February 30 as a day of March. The JSON of an invalid date is null.
  const isDay = FORM.test(text) && `${new Date(day).toJSON()}`.startsWith(day)
  return isDay ? Date.parse(text) : Number.NaN
}
