/** The options that give the fields of the API and the options of the client. */
const flags: Readonly<Record<string, string | readonly string[]>> = {
  baseUrl: '--registry',
  'tls.ca': '--ca',
  permission: '--permission',
  resource: '--on',
  lifetime_seconds: '--lifetime',
  version_range: '--range',
  follows: '--follows',
  include_prerelease: '--include-prerelease',
  alias: '--alias',
  label_selector: '--selector',
  labels: '--label',
  set_labels: ['--label', '--set-label'],
  remove_labels: '--remove-label',
  endpoints: '--endpoint',
  description: '--description',
  documentation_uri: '--documentation-uri',
  'source.repository': '--repository',
  'source.commit': '--commit',
  'source.image_digest': '--image-digest',
  request_id: '--request-id',
  etag: '--etag',
  reason: '--reason',
  message: '--reason',
  replacement: '--replacement',
  prefix: '--prefix',
  revision_tag: ['--tag', '--revision'],
  targeting_key: '--targeting-key',
  at_time: '--at',
  at_generation: '--at',
  generation: '--to',
  time: '--to',
  salt: '--salt',
  promote: '--promote',
  actor: '--by',
  after_time: '--since',
  before_time: '--until',
}

/**
 * A field, or a text that begins with it, in the words of a command that has these options: `endpoints[0].uri` becomes
 * `--endpoint[0].uri`. A field that no option of the command gives stays as it is.
 */
export function nameOption(text: string, ofCommand: readonly string[]): string {
  const [path = ''] = /^\w+(?:\.\w+)*/.exec(text) ?? []
  const [first = ''] = path.split('.')
  const name = Object.hasOwn(flags, path) ? path : first
  const candidates = Object.hasOwn(flags, name) ? [flags[name] ?? []].flat() : []
  const flag = candidates.find((each) => ofCommand.includes(each))
  return flag === undefined ? text : `${flag}${text.slice(name.length)}`
}
