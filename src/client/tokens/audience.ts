import { type Checks, object, selector } from '../calls/checks/check.ts'

/** The options of a function that gets an ID token. */
export interface AudienceOptions {
  /**
   * The registry that the token is for: one of the `audiences` of its access file, such as
   * `https://registry.example.com/services`. The registry refuses a token for another audience.
   */
  readonly audience: string
}

const options: Checks<AudienceOptions> = { audience: selector }
const checkOptions = object<AudienceOptions>(options, ['audience'])

/** The audience of the options. Throws an `invalid_argument` if they have none. */
export function audienceOf(given: AudienceOptions): string {
  checkOptions(given, '')
  return given.audience
}
