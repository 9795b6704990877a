import type { Document, LineCounter, ParsedNode, Scalar, YAMLMap } from 'yaml'
import { ConfigError } from '../../config/config-error.ts'
import { nearestName } from '../../domain/nearest-name.ts'
import { didYouMean } from '../options/strict-command.ts'
import { quoteValue } from '../options/usage-error.ts'
import { type Config, insteadOfToken, type Profile, type ProfileKey, profileKeys } from './profile-keys.ts'

type Yaml = typeof import('yaml')

const keys = Object.keys(profileKeys) as readonly ProfileKey[]

/** The names that a profile may have. */
const PROFILE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

const nameRemedy = 'use up to 64 letters, digits, ".", "_" or "-", beginning with a letter or a digit'

/** The text of a configuration file, with its comments, so that it can be changed. */
export class ConfigDocument {
  readonly #yaml: Yaml
  readonly #path: string
  readonly #lines: LineCounter
  readonly #document: Document<ParsedNode> | Document.Parsed

  /** Parses the text. Rejects with a `ConfigError` that names the line if it is not YAML, or has a key twice. */
  static async parse(text: string, path: string): Promise<ConfigDocument> {
    // Loaded late, because most calls need no configuration file.
    return new ConfigDocument(await import('yaml'), text, path)
  }

  private constructor(yaml: Yaml, text: string, path: string) {
    this.#yaml = yaml
    this.#path = path
    this.#lines = new yaml.LineCounter()
    // In this schema, every value is a text.
    this.#document = yaml.parseDocument(text, {
      schema: 'failsafe',
      lineCounter: this.#lines,
      prettyErrors: false,
      strict: true,
      uniqueKeys: true,
    })
    const [problem] = [...this.#document.errors, ...this.#document.warnings]
    if (problem === undefined) return
    const [at] = problem.pos
    const [key = ''] = /^[^\s:,{}[\]"']+/.exec(text.slice(at).replace(/^["']/, '')) ?? []
    const isTwice = problem.code === 'DUPLICATE_KEY'
    const fact = isTwice ? `the key ${quoteValue(key)} is there twice` : `the text is not valid YAML (${problem.code})`
    throw this.#problem(at, `${fact}; ${isTwice ? 'give it once' : 'correct it'}.`)
  }

  /** The profiles. Throws a `ConfigError` that names the line and the key if a key or a value is not valid. */
  read(): Config {
    const { contents } = this.#document
    const root = this.#entriesOf(contents, '')
    const profiles = new Map<string, Profile>()
    let current: Scalar<string> | undefined
    for (const { name, at, value } of root) {
      if (name === 'current') current = this.#textOf(value, at, name)
      else if (name === 'profiles')
        for (const each of this.#entriesOf(value, name)) profiles.set(each.name, this.#profile(each))
      else throw this.#unknownKey(at, name, name, ['current', 'profiles'])
    }
    if (current !== undefined && !profiles.has(current.value)) {
      const fact = `current: the profile ${quoteValue(current.value)} does not exist`
      throw this.#problem(current.range?.[0], `${fact}; use the name of a profile.`)
    }
    return { current: current?.value, profiles }
  }

  /** Sets a value of a profile, which is made if it does not exist. */
  set(profile: string, key: ProfileKey, value: string): void {
    if (!PROFILE_NAME.test(profile))
      throw new ConfigError(`the profile ${quoteValue(profile)} is not valid; ${nameRemedy}.`)
    this.#document.setIn(['profiles', profile, key], value)
  }

  /** Removes a value of a profile. A profile without values is removed, too, and is no longer the current one. */
  unset(profile: string, key: ProfileKey): void {
    this.#document.deleteIn(['profiles', profile, key])
    const left = this.#document.getIn(['profiles', profile])
    if (!this.#yaml.isMap(left) || left.items.length > 0) return
    this.#document.deleteIn(['profiles', profile])
    if (this.#document.get('current') === profile) this.#document.delete('current')
  }

  /** Makes a profile the current one. */
  use(profile: string): void {
    this.#document.set('current', profile)
  }

  /** The text of the file. */
  toText(): string {
    return this.#document.toString({ lineWidth: 0 })
  }

  #profile({ name, at, value }: Entry): Profile {
    if (!PROFILE_NAME.test(name))
      throw this.#problem(at, `profiles: the name ${quoteValue(name)} is not valid; ${nameRemedy}.`)
    const path = `profiles.${name}`
    return new Map(this.#entriesOf(value, path).map((entry) => this.#setting(entry, path)))
  }

  #setting({ name, at, value }: Entry, path: string): [ProfileKey, string] {
    const field = `${path}.${name}`
    const key = keys.find((each) => each === name)
    if (name === 'token') throw this.#problem(at, `${field} is not allowed; ${insteadOfToken}.`)
    if (key === undefined) throw this.#unknownKey(at, field, name, keys)
    const { value: text } = this.#textOf(value, at, field)
    try {
      profileKeys[key](text)
      return [key, text]
    } catch (error) {
      throw this.#problem(at, `${field}: ${(error as Error).message}`)
    }
  }

  #entriesOf(node: unknown, path: string): Entry[] {
    if (node === null && path === '') return []
    const where = path === '' ? 'the file' : path
    if (!this.#yaml.isMap(node))
      throw this.#problem(startOf(node), `${where} is not a mapping; write keys and values below it.`)
    return (node as YAMLMap).items.map(({ key, value }) => {
      if (this.#yaml.isScalar(key) && typeof key.value === 'string') return { name: key.value, at: startOf(key), value }
      throw this.#problem(startOf(key), `${where} has a key that is not a text; use a text.`)
    })
  }

  // The value is not quoted, because it may be a secret.
  #textOf(node: unknown, at: number, field: string): Scalar<string> {
    if (this.#yaml.isScalar(node) && typeof node.value === 'string' && node.value.trim() !== '')
      return node as Scalar<string>
    throw this.#problem(at, `${field} is not a text, or is empty; give it one value.`)
  }

  #unknownKey(at: number, field: string, name: string, known: readonly string[]): ConfigError {
    const advice = didYouMean(nearestName(name, known)) ?? `use ${known.join(', ')}.`
    return this.#problem(at, `${field} is not known; ${advice}`)
  }

  #problem(at: number | undefined, message: string): ConfigError {
    const { line } = this.#lines.linePos(at ?? 0)
    return new ConfigError(`${JSON.stringify(this.#path)}, line ${Math.max(1, line)}: ${message}`)
  }
}

interface Entry {
  readonly name: string
  /** The place of the key in the text. */
  readonly at: number
  readonly value: unknown
}

function startOf(node: unknown): number {
  return (node as { readonly range?: readonly number[] } | null)?.range?.[0] ?? 0
}
