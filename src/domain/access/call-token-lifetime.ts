/** How long a token to call a revision may be valid, and how long it is valid if nobody says so, in seconds. */
export const callTokenLifetimeS = { shortest: 60, longest: 3_600, usual: 300 } as const
