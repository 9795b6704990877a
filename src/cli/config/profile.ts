import { dirname } from 'node:path'
import type { Command } from 'commander'
import { UsageError } from '../options/usage-error.ts'
import { ConfigDocument } from './config-document.ts'
import { type ConfigPlace, configPlaceOf, readConfigText } from './config-path.ts'
import { DEFAULT_PROFILE, fromFolder, type Profile, type ProfileKey, profileKeys } from './profile-keys.ts'

/** The keys whose values prove who calls. They are sent to no other registry than that of their profile. */
const ofCredential: readonly ProfileKey[] = ['token-from', 'audience', 'cert', 'key']

/** Fills in the options of a command that neither a flag nor a variable gives, from the profile that it uses. */
export async function applyProfile(command: Command): Promise<void> {
  const place = configPlaceOf(command)
  const profile = await findProfile(place, command.opts<{ profile?: string }>().profile)
  if (place === undefined || profile === undefined) return
  const isGiven = (name: string) => ['cli', 'env'].includes(command.getOptionValueSource(name) ?? '')
  const isElsewhere = isGiven('registry') && isOther(command.opts<{ registry: string }>().registry, profile)
  if (isElsewhere && ofCredential.some((key) => profile.has(key)))
    command.setOptionValueWithSource('withheldFor', profile.get('registry'), 'profile')
  for (const [key, text] of profile) {
    const option = command.options.find((each) => each.name() === key)
    const name = option?.attributeName() ?? key
    if (option === undefined || isGiven(name) || (isElsewhere && ofCredential.includes(key))) continue
    command.setOptionValueWithSource(name, profileKeys[key](fromFolder(dirname(place.path), key, text)), 'profile')
  }
}

function isOther(registry: string, profile: Profile): boolean {
  const own = profile.get('registry')
  const plain = (url: string) => url.replace(/\/+$/, '')
  return own !== undefined && plain(own) !== plain(registry)
}

async function findProfile(place: ConfigPlace | undefined, wanted: string | undefined): Promise<Profile | undefined> {
  const text = place && readConfigText(place.path)
  if (text === undefined) {
    if (place?.isNamed) throw missingFile(place.path)
    if (wanted !== undefined) throw noProfile(wanted, place?.path ?? '', [])
    return undefined
  }
  const { current, profiles } = (await ConfigDocument.parse(text, place?.path ?? '')).read()
  const name = wanted ?? current
  const found = profiles.get(name ?? DEFAULT_PROFILE)
  if (found === undefined && name !== undefined) throw noProfile(name, place?.path ?? '', [...profiles.keys()])
  return found
}

/** The error for a profile that does not exist. */
export function noProfile(name: string, path: string, known: readonly string[]): UsageError {
  const where = path === '' ? '' : ` in ${JSON.stringify(path)}`
  const remedy = known.length > 0 ? `use ${known.join(' or ')}` : 'make it with waypost config set'
  return new UsageError(`the profile ${JSON.stringify(name)} does not exist${where}; ${remedy}.`, '--profile')
}

function missingFile(path: string): UsageError {
  const message = `--config (WAYPOST_CONFIG): the file ${JSON.stringify(path)} does not exist; make it with waypost config set.`
  return new UsageError(message, '--config')
}
