import { z } from 'zod'

/** The bounds of the lists of an access file. */
export const bounds = { audiences: 16, issuers: 64, tokens: 1_000, grants: 5_000, on: 1_000, callAudiences: 1_000 }

const text = z.string().min(1).max(512)

const issuer = z.strictObject({ issuer: text, jwks_file: text.optional(), jwks_uri: text.optional() })

const token = z.strictObject({ name: text, sha256: text })

const grant = z.strictObject({
  permissions: z.array(z.string()).min(1).max(6),
  on: z.array(z.string()).min(1).max(bounds.on),
  // Its keys are claims, so that no list of them can be complete.
  to: z.unknown().refine((value) => value !== undefined),
})

const callAudience = z.strictObject({ on: z.string(), audience: text })

/** The form of an access file. The texts in it are checked one by one in `check-file.ts`. */
export const accessFileSchema = z.strictObject({
  audiences: z.array(text).max(bounds.audiences).default([]),
  issuers: z.array(issuer).max(bounds.issuers).default([]),
  unknown_issuers: z.enum(['refuse', 'anonymous']).default('refuse'),
  tokens: z.array(token).max(bounds.tokens).default([]),
  grants: z.array(grant).max(bounds.grants),
  call_audiences: z.array(callAudience).max(bounds.callAudiences).default([]),
})

/** An access file, as it stands in YAML. */
export type RawAccessFile = z.infer<typeof accessFileSchema>

/** The keys of the mapping at a path. */
export function keysAt(path: readonly PropertyKey[]): readonly string[] {
  const mapping = { issuers: issuer, tokens: token, grants: grant, call_audiences: callAudience }
  const of = path.length === 0 ? accessFileSchema : mapping[path[0] as keyof typeof mapping]
  return Object.keys(of?.shape ?? {})
}
