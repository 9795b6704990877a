/** Salts and keys with their hash and their bucket, which never change. Other programs find the same ones. */
export const goldenVectors = [
  { salt: 's1', key: 'user-1', hash: 3_856_849_968, bucket: 89_799 },
  { salt: 's1', key: 'user-2', hash: 718_474_833, bucket: 16_728 },
  { salt: 's1', key: 'user-42', hash: 598_440_804, bucket: 13_933 },
  { salt: 'exp-2026', key: 'user-42', hash: 2_873_608_403, bucket: 66_906 },
  { salt: 's1', key: 'ünïcode', hash: 2_774_196_790, bucket: 64_591 },
] as const
