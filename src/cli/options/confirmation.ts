import { type Command, Option } from 'commander'
import type { ChangeEffect, EtagOptions, RegistryClient } from '../../client/index.ts'
import { RegistryError } from '../../domain/errors.ts'
import { confirm, isInteractive } from '../output/confirm.ts'
import { describeEffect } from '../output/describe-effect.ts'
import { print } from '../output/output.ts'
import { type ChangeFlags, toChangeOptions } from './registry-option.ts'

/** The flags of a command that asks before it makes its change. */
export interface ConfirmedFlags extends ChangeFlags {
  readonly yes?: boolean
}

/** A change that is made only if the person at the terminal agrees. */
export interface ConfirmedChange<T> {
  /** Makes the change, or only validates it. */
  readonly make: (options: EtagOptions) => Promise<T>
  readonly effectOf: (answer: T) => ChangeEffect | undefined
  /** The etag of the thing that changes, now. Undefined if it cannot be read. */
  readonly readEtag: () => Promise<string | undefined>
  /** Whether the registry makes the change only with an etag. */
  readonly needsEtag?: boolean
}

/** Lets a command ask on a terminal before it makes its change: it also has `--yes`. */
export function withConfirmation(command: Command): Command {
  return command.addOption(
    new Option(
      '--yes',
      'make the change without asking; without this option, the command shows the effect on a terminal, and asks',
    ),
  )
}

/**
 * Makes a change. On a terminal, it first shows the effect of the change and asks. It throws if the answer is not yes, or if
 * the effect is another one after the answer, or if the etag is. With `--request-id`, it adds no etag to the change: a
 * repeated request must be equal to the first one, and the etag is another one by then.
 */
export async function makeConfirmed<T>(flags: ConfirmedFlags, change: ConfirmedChange<T>): Promise<T> {
  const options = toChangeOptions(flags)
  if (flags.validateOnly || flags.yes || !isInteractive()) return change.make(options)
  const isRepeatable = options.requestId !== undefined && !change.needsEtag
  const checked = { ...options, etag: options.etag ?? (isRepeatable ? undefined : await readEtag(change)) }
  const validate = async () => change.effectOf(await change.make({ ...checked, validateOnly: true }))
  const effect = await validate()
  print('The change would have this effect:', ...linesOf(effect).map((line) => `  ${line}`))
  if (!(await confirm('Make this change?')))
    throw new Error('the change was not confirmed, so nothing was changed; answer y to make it, or use --yes.')
  try {
    // The etag of a revision stays if another change of the service moves the default.
    if (JSON.stringify(await validate()) !== JSON.stringify(effect)) throw changedSince()
    return await change.make(checked)
  } catch (error) {
    const isNew = error instanceof RegistryError && error.reason === 'ETAG_MISMATCH' && options.etag === undefined
    throw isNew ? changedSince(error) : error
  }
}

/** The etag of a revision, for {@link ConfirmedChange.readEtag}. */
export async function revisionEtag(client: RegistryClient, sruid: string): Promise<string | undefined> {
  return (await client.get(sruid, { view: 'FULL' })).etag
}

/** The etag of a service, for {@link ConfirmedChange.readEtag}. */
export async function serviceEtag(client: RegistryClient, reference: string): Promise<string | undefined> {
  const [service = ''] = reference.split(':')
  for await (const { namespace, name, etag } of client.services.list({ prefix: service, pageSize: 1 }))
    return `${namespace}/${name}` === service ? etag : undefined
  return undefined
}

function linesOf(effect: ChangeEffect | undefined): readonly string[] {
  const lines = effect ? describeEffect(effect) : []
  return lines.length > 0 ? lines : ['nothing moves']
}

// A caller may be allowed to make a change, but not to read. The change itself refuses a name that is not valid.
async function readEtag({ readEtag }: Pick<ConfirmedChange<unknown>, 'readEtag'>): Promise<string | undefined> {
  try {
    return await readEtag()
  } catch (error) {
    const isOptional = error instanceof RegistryError && ['PERMISSION_DENIED', 'INVALID_PREFIX'].includes(error.reason)
    if (isOptional) return undefined
    throw error
  }
}

function changedSince(cause?: unknown): RegistryError {
  const message =
    'the service has changed since the effect was shown, so nothing was changed; run the command again to see the new effect.'
  return new RegistryError({ reason: 'ETAG_MISMATCH', message, cause })
}
