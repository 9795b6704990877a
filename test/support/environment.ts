/** The environment of this process without the settings of Waypost, some of which are only for the tests. */
export function withoutSettings(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([key]) => !key.startsWith('WAYPOST_')))
}
