/**
 * The seed of a random test: what the environment variable says, a random one if it says `random`, and else always the
 * same, so that `npm test` doesn't depend on luck. The name of the test has to show it, so that a run can be repeated.
 */
export function seedFrom(variable: string): number {
  const given = process.env[variable] || '1'
  const seed = given === 'random' ? Math.floor(Math.random() * 1_000_000) : Number(given)
  if (!Number.isSafeInteger(seed)) throw new Error(`${variable} is "${given}": it must be a whole number or "random"`)
  return seed
}
