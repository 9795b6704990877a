import { active, deleted } from '../../src/domain/lifecycle.ts'
import { noInfo } from '../../src/domain/revision-info.ts'
import { parseServiceReference, type ServiceId } from '../../src/domain/sruid.ts'
import { Log } from '../../src/store/contract/log.ts'

export function service(text: string): ServiceId {
  return parseServiceReference(text).service
}

/** A log with each kind of entry. */
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

function information(uri: string) {
  return { ...noInfo, endpoints: [{ protocol: 'grpc', uri, metadata: [] }] }
}
