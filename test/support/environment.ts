/** The environment of this process without the settings of Waypost. Some of them are only for the tests. */
export function withoutSettings(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([key]) => !key.startsWith('WAYPOST_')))
}
