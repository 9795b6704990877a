/**
 * Functions that get the token of a client, from GitHub Actions, from Google Cloud or from a file. For Node.
 *
 * @module
 */
export type { IssuedToken, TokenFunction } from './api/client-options.ts'
export type { AudienceOptions } from './tokens/audience.ts'
export { fileToken } from './tokens/file-token.ts'
export { githubToken } from './tokens/github-token.ts'
export { googleToken } from './tokens/google-token.ts'
