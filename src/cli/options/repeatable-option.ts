import { Option } from 'commander'

/** An option that may be given several times, each time with one value. */
export class RepeatableOption<T> extends Option {
  constructor(flags: string, help: string, add: (text: string, before: T | undefined) => T) {
    super(flags, help)
    this.argParser(add as (text: string, before: unknown) => T)
  }
}

/** Whether an option may be given several times. */
export function isRepeatable(option: Option): boolean {
  return option instanceof RepeatableOption
}
