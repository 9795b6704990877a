/**
 * The seed of a random test. The environment variable contains it, or `random` for a random one. Without the variable
 * it is always the same, so that `npm test` does not depend on luck. The name of the test must show the seed, so that a
 * run can be repeated.
 */
export function seedFrom(variable: string): number {
  const given = process.env[variable] || '1'
  const seed = given === 'random' ? Math.floor(Math.random() * 1_000_000) : Number(given)
  if (!Number.isSafeInteger(seed))
    throw new Error(`${variable} is ${JSON.stringify(given)}; use a whole number or "random".`)
  return seed
}
