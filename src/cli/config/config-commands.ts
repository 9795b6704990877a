import type { Command } from 'commander'
import { nearestName } from '../../domain/nearest-name.ts'
import { configOption, profileOptions } from '../options/calling/calling-options.ts'
import { didYouMean, StrictCommand } from '../options/strict-command.ts'
import { quoteValue, UsageError } from '../options/usage-error.ts'
import { noProfile } from './profile.ts'
import { DEFAULT_PROFILE, insteadOfToken, type Profile, type ProfileKey, profileKeys } from './profile-keys.ts'
import { type OpenConfig, openConfig } from './write-config.ts'

/** The flags of the commands that read or change one profile. */
export interface ProfileFlags {
  readonly profile?: string
}

/** The help of the argument `<key>`. */
export const keyHelp = `the key: ${Object.keys(profileKeys).join(', ')}`

/** A command about the configuration file: it has `--config`. */
export function fileCommand(name: string, description: string): StrictCommand {
  const command = new StrictCommand(name).description(description)
  command.addOption(configOption())
  return command
}

/** A command about one profile: it also has `--profile`. */
export function profileCommand(name: string, description: string): StrictCommand {
  const command = new StrictCommand(name).description(description)
  for (const option of profileOptions()) command.addOption(option)
  return command
}

/** A key of a profile that exists, in the configuration file. */
export interface KeyInProfile {
  readonly key: ProfileKey
  readonly name: string
  readonly profile: Profile
  readonly opened: OpenConfig
}

/** A command about one key of a profile that exists. `act` does its work. */
export function keyCommand(name: string, description: string, act: (found: KeyInProfile) => void): StrictCommand {
  const command = profileCommand(name, description)
  command.argument('<key>', keyHelp).action(async (text: string, flags: ProfileFlags, running: Command) => {
    const key = parseKey(text)
    const opened = await openConfig(running)
    const name = profileNameOf(opened, flags)
    act({ key, name, opened, profile: existingProfile(opened, name) })
  })
  return command
}

/** Parses the name of a key. */
export function parseKey(text: string): ProfileKey {
  if (Object.hasOwn(profileKeys, text)) return text as ProfileKey
  if (text === 'token') throw new UsageError(`a profile has no token; ${insteadOfToken}.`, 'key')
  const known = Object.keys(profileKeys)
  const advice = didYouMean(nearestName(text, known)) ?? `use ${known.join(', ')}.`
  throw new UsageError(`the key ${quoteValue(text)} is not known; ${advice}`, 'key')
}

/** The name of the profile that a command is about. */
export function profileNameOf({ config }: OpenConfig, { profile }: ProfileFlags): string {
  return profile ?? config.current ?? DEFAULT_PROFILE
}

/** A profile that exists, or a `UsageError`. */
export function existingProfile({ config, path }: OpenConfig, name: string): Profile {
  const profile = config.profiles.get(name)
  if (profile === undefined) throw noProfile(name, path, [...config.profiles.keys()])
  return profile
}
