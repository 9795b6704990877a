import murmurhash from 'murmurhash'
import { BUCKETS } from './rollout.ts'

/**
 * The bucket of a targeting key: `floor(hash × 100,000 / 2^32)`, from 0 to 99,999. The hash is MurmurHash3 (x86, 32 bits,
 * seed 0) of `salt:key` in UTF-8. Every program that follows this rule finds the same bucket. The product is below
 * 2^53, so it is exact.
 */
export function bucketOf(salt: string, key: string): number {
  // For a string, the package makes an encoder each time, which takes longer than the hash.
  const hash = murmurhash.v3(Buffer.from(`${salt}:${key}`), 0)
  return Math.floor((hash * BUCKETS) / 2 ** 32)
}
