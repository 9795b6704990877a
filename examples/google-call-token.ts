// Gets tokens to call a revision from Google, in place of tokens of the registry. The registry runs on Google Cloud, and its
// service account has the role "Service Account Token Creator" on the accounts below. Start a registry with it:
//   npm start -- --auth access.yaml --call-tokens examples/google-call-token.ts
import type { CallTokenModule } from 'waypost/server'

/** The account whose token the callers of a service get. With an audience, they get an ID token, and else an access token. */
const services: Readonly<Record<string, { readonly account: string; readonly audience?: string }>> = {
  'my-org/my-service': {
    account: 'my-service-caller@my-project.iam.gserviceaccount.com',
    audience: 'https://my-service-abc123-ew.a.run.app',
  },
  'my-org/my-pipeline': { account: 'my-pipeline-caller@my-project.iam.gserviceaccount.com' },
}

const { GCE_METADATA_HOST = 'metadata.google.internal' } = process.env
const { IAM_CREDENTIALS_URL = 'https://iamcredentials.googleapis.com' } = process.env
const SCOPES = ['https://www.googleapis.com/auth/cloud-platform']

const getToken: CallTokenModule = async ({ namespace, name, lifetimeSeconds }) => {
  const service = services[`${namespace}/${name}`]
  if (service === undefined) throw new Error(`${namespace}/${name} has no account; add it to this file`)
  const { account, audience } = service
  if (audience === undefined) {
    const wanted = { scope: SCOPES, lifetime: `${lifetimeSeconds}s` }
    const { accessToken, expireTime } = await askGoogle(account, 'generateAccessToken', wanted)
    return { accessToken, expiresInSeconds: secondsUntil(Date.parse(expireTime)) }
  }
  // Google chooses the lifetime of ID tokens itself.
  const { token } = await askGoogle(account, 'generateIdToken', { audience, includeEmail: true })
  const { exp } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
  return { accessToken: token, expiresInSeconds: secondsUntil(exp * 1000) }
}

export default getToken

type GoogleField = 'accessToken' | 'expireTime' | 'token'

/** Calls a method of https://cloud.google.com/iam/docs/reference/credentials/rest. */
async function askGoogle(account: string, method: string, body: object): Promise<Record<GoogleField, string>> {
  const response = await fetch(`${IAM_CREDENTIALS_URL}/v1/projects/-/serviceAccounts/${account}:${method}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await ownToken()}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`${method} for ${account} was answered with ${response.status}`)
  return (await response.json()) as Record<GoogleField, string>
}

let kept = { token: '', until: 0 }

/** The token of the machine on which the registry runs. It is kept until a minute before its end. */
async function ownToken(): Promise<string> {
  if (Date.now() < kept.until) return kept.token
  const url = `http://${GCE_METADATA_HOST}/computeMetadata/v1/instance/service-accounts/default/token`
  const response = await fetch(url, { headers: { 'metadata-flavor': 'Google' } })
  if (!response.ok) throw new Error(`the metadata server answered with ${response.status}`)
  const answer = (await response.json()) as { access_token: string; expires_in: number }
  const { access_token: token, expires_in: seconds } = answer
  kept = { token, until: Date.now() + (seconds - 60) * 1000 }
  return token
}

function secondsUntil(time: number): number {
  return Math.floor((time - Date.now()) / 1000)
}
