/** The state of a service that a read is about: that after a generation, or that at a time in milliseconds since 1970 (UTC). */
export type At = { readonly generation: number } | { readonly time: number }
