/** The settings of a server that decide who may do what. */
export interface AccessConfig {
  /** The path of the access file; undefined: everybody may do everything. */
  readonly file: string | undefined
}

/** The defaults of these settings, as text. */
export const accessDefaults = { auth: '' } as const

/** These settings, as commander parses them. */
export interface AccessFlags {
  readonly auth: string
}

/** The settings, from their flags. */
export function toAccessConfig({ auth }: AccessFlags): AccessConfig {
  return { file: auth === '' ? undefined : auth }
}
