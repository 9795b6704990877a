import { Command, type Option } from 'commander'
import { nearestName } from '../../domain/nearest-name.ts'
import { isRepeatable } from './repeatable-option.ts'
import { quoteValue, UsageError } from './usage-error.ts'

/**
 * A command that refuses everything that it would otherwise ignore: an option that is given twice, is empty, or
 * contradicts another one, and a name that it does not know. Each error is thrown as a `UsageError`.
 */
export class StrictCommand extends Command {
  readonly #given = new Map<string, Option>()

  constructor(name?: string) {
    super(name)
    this.exitOverride().helpCommand(false).helpOption('-h, --help', 'print this help')
    // The caller prints errors, as text or as JSON.
    this.configureOutput({ outputError: () => {} })
  }

  override createCommand(name?: string): Command {
    return new StrictCommand(name)
  }

  override addOption(option: Option): this {
    // Before commander's own listener, so that nothing parses a value that is refused here.
    this.on(`option:${option.name()}`, (value?: string) => this.#accept(option, value))
    return super.addOption(option)
  }

  /** Commander would take the name of the next option as the value of this one. */
  override parseOptions(args: string[]) {
    for (const [at, arg] of args.entries()) {
      if (arg === '--') break
      const next = args[at + 1]
      const needsValue = this.options.some((option) => option.required && isNamed(option, arg))
      if (next === undefined || !needsValue || !this.#isOption(next)) continue
      throw new UsageError(
        `${arg} has no value, only an option after it; if that is its value, write ${arg}=${next}.`,
        arg,
      )
    }
    return super.parseOptions(args)
  }

  #isOption(text: string): boolean {
    const [flag = ''] = text.split('=')
    return ['--', '-h', '--help'].includes(flag) || this.options.some((option) => isNamed(option, flag))
  }

  #accept(option: Option, value: string | undefined): void {
    const flag = flagOf(option)
    if (value?.trim() === '') throw new UsageError(`${flag} is empty; give it a value, or leave the option out.`, flag)
    const before = this.#given.get(option.attributeName())
    this.#given.set(option.attributeName(), option)
    if (before === undefined || (before === option && isRepeatable(option))) return
    if (before === option) throw new UsageError(`${flag} is given twice; give it once.`, flag)
    throw new UsageError(`${flagOf(before)} and ${flag} contradict each other; give one of them.`, flag)
  }

  #refuse(problem: string, remedy: string | undefined, field?: string): never {
    const advice = remedy ?? `see ${nameOf(this)} --help`
    throw new UsageError(`${problem}; ${advice}${advice.endsWith('?') ? '' : '.'}`, field)
  }

  // Commander calls the methods below, which its types do not declare. Its own texts have another form.

  _callParseArg(target: Option, value: string, before: unknown): unknown {
    if (target.argChoices && !target.argChoices.includes(value)) {
      const choices = new Intl.ListFormat('en', { type: 'disjunction' }).format(target.argChoices)
      this.#refuse(`${flagOf(target)} ${quoteValue(value)} is not valid`, `use ${choices}`, flagOf(target))
    }
    try {
      return target.parseArg?.(value, before)
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'commander.invalidArgument')) throw error
      const remedy = `${error.message.charAt(0).toLowerCase()}${error.message.slice(1)}`.replace(/\.$/, '')
      return this.#refuse(`${flagOf(target)} ${quoteValue(value)} is not valid`, remedy, flagOf(target))
    }
  }

  missingArgument(name: string): never {
    return this.#refuse(`the argument <${name}> is missing`, undefined, name)
  }

  optionMissingArgument(option: Option): never {
    const flag = flagOf(option)
    return this.#refuse(`${flag} has no value`, `write ${option.flags}`, flag)
  }

  _conflictingOption(option: Option, other: Option): never {
    const flag = flagOf(option)
    return this.#refuse(`${flag} cannot be used with ${flagOf(other)}`, 'give one of them', flag)
  }

  unknownOption(text: string): never {
    const [flag = '', ...values] = text.split('=')
    if (values.length > 0 && this.options.some((option) => isNamed(option, flag))) {
      return this.#refuse(`${flag} takes no value`, `write ${flag} alone`, flag)
    }
    if (hasOption(this.commands, flag)) {
      return this.#refuse(`the option ${quoteValue(flag)} belongs to a command`, 'write it after the command', flag)
    }
    const known = this.createHelp().visibleOptions(this).map(flagOf)
    return this.#refuse(`the option ${quoteValue(flag)} is not known`, didYouMean(nearestName(flag, known)), flag)
  }

  unknownCommand(name = this.args[0] ?? ''): never {
    const known = this.commands.map((command) => command.name())
    return this.#refuse(`the command ${quoteValue(name)} is not known`, didYouMean(nearestName(name, known)))
  }

  _excessArguments(received: readonly string[]): void {
    const expected = this.registeredArguments.length
    const first = received[expected]
    if (first !== undefined) this.#refuse(`the argument ${quoteValue(first)} is one too many`, undefined)
  }
}

function hasOption(commands: readonly Command[], flag: string): boolean {
  return commands.some(
    ({ options, commands }) => options.some((each) => isNamed(each, flag)) || hasOption(commands, flag),
  )
}

function isNamed({ long, short }: Option, flag: string): boolean {
  return flag === long || flag === short
}

/** The name of an option in messages: `--limit`. */
export function flagOf(option: Option): string {
  return option.long ?? option.flags
}

/** A remedy that proposes a name; undefined if there is none. */
export function didYouMean(name: string | undefined): string | undefined {
  return name === undefined ? undefined : `did you mean ${name}?`
}

/** The whole name of a command: `waypost alias set`. */
export function nameOf(command: Command): string {
  return command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`
}
