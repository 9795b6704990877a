import { type Command, Option } from 'commander'
import { type InformationFlags, toInformation, withInformation } from '../options/information-options.ts'
import {
  openClient,
  type RegistryFlags,
  registryCommand,
  requestIdHelp,
  sruidHelp,
  validateOnlyOption,
} from '../options/registry-option.ts'
import { describeRevision, print, toJsonLine } from '../output/output.ts'

interface RegisterFlags extends RegistryFlags, InformationFlags {
  readonly default?: boolean
  readonly repository?: string
  readonly commit?: string
  readonly imageDigest?: string
  readonly validateOnly?: boolean
  readonly requestId?: string
}

/** `waypost register`: registers a revision. */
export function registerCommand(): Command {
  return withInformation(
    registryCommand(
      'register',
      'Register a revision of a service. Registering it again with the same options changes nothing. With other ' +
        'options, it is refused.',
    ),
    'registration',
  )
    .argument('<sruid>', sruidHelp)
    .addOption(new Option('--default', 'make it the default revision; the default policy is not asked'))
    .addOption(new Option('--no-default', 'leave the default revision as it is; the default policy is not asked'))
    .addOption(new Option('--repository <url>', 'repository of its source code: up to 2048 characters'))
    .addOption(new Option('--commit <commit>', 'commit that it was built from: up to 128 characters'))
    .addOption(
      new Option('--image-digest <digest>', 'digest of its image, such as sha256:0a1b2c: up to 255 characters'),
    )
    .addOption(
      validateOnlyOption('check the registration and print its result and its effect, without registering anything'),
    )
    .addOption(new Option('--request-id <id>', requestIdHelp.replace('a new id', 'none')))
    .addHelpText('after', '\nExample:\n  $ waypost register my-org/my-service:1.2.9 --label tier=web')
    .action(async (sruid: string, flags: RegisterFlags) => {
      const { default: isDefault, validateOnly, requestId } = flags
      const options = { ...toInformation(flags), source: toSource(flags), isDefault, validateOnly, requestId }
      const { revision, replayed } = await openClient(flags).register(sruid, options)
      if (flags.json) return print(toJsonLine(revision))
      const [title, ...details] = describeRevision(revision)
      const note = replayed ? ', already registered' : validateOnly ? ', not registered: only validated' : ''
      print(`${title}${note}`, ...details)
    })
}

function toSource({ repository = '', commit = '', imageDigest = '' }: RegisterFlags) {
  const source = { repository, commit, imageDigest }
  return Object.values(source).some((part) => part !== '') ? source : undefined
}
