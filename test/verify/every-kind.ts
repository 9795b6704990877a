import { active, deleted } from '../../src/domain/lifecycle.ts'
import { noInfo } from '../../src/domain/revision-info.ts'
import { parseServiceReference, type ServiceId } from '../../src/domain/sruid.ts'
import { Log } from '../../src/store/contract/log.ts'

export function service(text: string): ServiceId {
  return parseServiceReference(text).service
}

/** A log with each kind of entry that form 2 has. */
export function everyKind(of = service('my-org/my-service')): Log {
  return new Log([], of)
    .register('1.0.0', { info: information('https://a.example') })
    .register('1.1.0', { kind: 'import', registeredInfo: information('https://b.example'), registeredAt: 5 })
    .setAlias('beta')
    .setAlias('fixed', '1.0.0')
    .register('1.2.0')
    .update('1.0.0', { ...noInfo, description: 'd' })
    .change('1.0.0', { ...active, deprecation: { message: 'm', replacement: null } })
    .yankAndMove('1.1.0', 'beta', '1.0.0')
    .deleteAlias('fixed')
    .clearDefault()
    .request('r-1')
    .change('1.1.0', deleted)
}

/** The same log, and then each kind of entry that only form 3 has. */
export function everyNewKind(of = service('my-org/my-service')): Log {
  return new Log(everyKind(of).entries, of)
    .register('2.0.0', { becomesDefault: false })
    .setRollout('2.0.0')
    .yank('2.0.0', 'broken')
    .change('2.0.0', active)
    .endRollout('2.0.0')
    .revert(5)
    .setRollout('2.0.0', '1.0.0')
    .endRollout()
}

function information(uri: string) {
  return { ...noInfo, endpoints: [{ protocol: 'grpc', uri, metadata: [] }] }
}
