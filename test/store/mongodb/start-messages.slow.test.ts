import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openMongoStore } from '../../../src/store/mongodb/mongodb-store.ts'
import { mongoSkipReason } from '../../support/mongo-storage.ts'
import { type MongodWithUsers, startMongodWithTls, startMongodWithUsers } from '../../support/mongod.ts'
import { runWaypost } from '../../support/serve.ts'

const isForeign = Boolean(process.env.WAYPOST_TEST_MONGODB_URI)
const certificate = (name: string) => fileURLToPath(new URL(`../../support/tls/${name}.pem`, import.meta.url))

/** The message with which a store over this location does not open. */
async function refusalOf(location: string): Promise<string> {
  const opening = openMongoStore(withOption(location, 'serverSelectionTimeoutMS=500'))
  await opening.then(
    (store) => store.close(),
    () => {},
  )
  return opening.then(
    () => 'it has opened',
    (error: Error) => error.message,
  )
}

const withOption = (location: string, option: string) => `${location}${location.includes('?') ? '&' : '?'}${option}`

describe.skipIf(mongoSkipReason ?? isForeign)('the message of a store that does not open names the setting', () => {
  let users: MongodWithUsers
  let location: string
  let tls: { readonly uri: string; stop(): Promise<void> }
  const folder = mkdtempSync(join(tmpdir(), 'waypost-mongod-tls-'))

  beforeAll(async () => {
    const file = join(folder, 'server.pem')
    writeFileSync(file, readFileSync(certificate('server'), 'utf8') + readFileSync(certificate('server-key'), 'utf8'))
    users = await startMongodWithUsers()
    location = await users.addUser('new', 'readWrite')
    tls = await startMongodWithTls(file)
  })
  afterAll(async () => {
    await users.stop()
    await tls.stop()
    rmSync(folder, { recursive: true })
  })

  test.for([
    ['a wrong password', (of: string) => of.replace('secret', 'wrong'), /check the user, the password and authSource/],
    [
      'an unknown user',
      (of: string) => of.replace('readWrite', 'nobody'),
      /check the user, the password and authSource/,
    ],
    [
      'a wrong authSource',
      (of: string) => withOption(of, 'authSource=admin'),
      /check the user, the password and authSource/,
    ],
    [
      'a mechanism that the server does not have',
      (of: string) => withOption(of, 'authMechanism=PLAIN&authSource=$external'),
      /check authMechanism/,
    ],
    ['a user who is missing', (of: string) => of.replace(/\/\/.*@/, '//'), /use a user who has the role readWrite/],
    [
      'a replica set, although the server has none',
      (of: string) => withOption(of, 'replicaSet=mine'),
      /no server belongs to the replica set "mine"\); check replicaSet\./,
    ],
    ['TLS, although the server has none', (of: string) => withOption(of, 'tls=true'), /set tls accordingly/],
    [
      'a file that does not exist',
      (of: string) => withOption(of, 'tls=true&tlsCAFile=/nowhere.pem'),
      /check the files that tlsCAFile and tlsCertificateKeyFile name/,
    ],
    ['a port where nobody listens', () => 'mongodb://127.0.0.1:1/', /ECONNREFUSED.*check the host and the port/],
    ['a host that does not exist', () => 'mongodb://nobody.invalid/', /nobody\.invalid.*check the host name/],
    ['a service that does not exist', () => 'mongodb+srv://nobody.invalid/', /nobody\.invalid.*check the host name/],
  ] as const)('a store with %s does not open', async ([, change, message]) => {
    const refusal = await refusalOf(change(location))
    expect(refusal).toMatch(message)
    expect(refusal).toMatch(/^the deployment cannot be used \([^\n]+\); [^\n]+\.$/)
    expect(refusal).not.toContain('secret')
  })

  test.for([
    ['without TLS', '', /set tls accordingly/],
    ['without the authority of the server', 'tls=true', /certificate.*check the host name and tlsCAFile/],
    ['with another authority', `tls=true&tlsCAFile=${certificate('stranger')}`, /check the host name and tlsCAFile/],
    ['with the authority of the server', `tls=true&tlsCAFile=${certificate('ca')}`, /^it has opened$/],
  ] as const)('a store that connects %s to a server that wants TLS is told so', async ([, option, message]) => {
    expect(await refusalOf(withOption(tls.uri, option))).toMatch(message)
  })

  test('a server that does not start because of a wrong password prints one line that names the settings', async () => {
    const wrong = location.replace('secret', 'wrong')
    expect(await runWaypost(['serve', '--port', '0', '--store', wrong])).toEqual({
      exitCode: 5,
      stdout: '',
      stderr: expect.stringMatching(/^waypost: --store \(WAYPOST_STORE\) [^\n]+check the user, the password[^\n]+\n$/),
    })
  })
})
