/**
 * The environment of this process without the settings of Waypost, and without the user's configuration file. Some of the
 * settings are only for the tests.
 */
export function withoutSettings(): NodeJS.ProcessEnv {
  const others = Object.entries(process.env).filter(([key]) => !key.startsWith('WAYPOST_'))
  return { ...Object.fromEntries(others), XDG_CONFIG_HOME: '/nonexistent' }
}
