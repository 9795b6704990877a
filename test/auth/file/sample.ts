import { createHash } from 'node:crypto'

/** The token of the samples, and its hash. */
export const TOKEN = 'waypost_0123456789'
export const SHA256 = createHash('sha256').update(TOKEN).digest('hex')

/** A valid access file, with one entry of each kind. */
export const sample = `audiences: [https://registry.my-org.example/services]
issuers:
  - issuer: https://token.actions.githubusercontent.com
  - issuer: https://accounts.google.com
tokens:
  - name: ci-legacy
    sha256: ${SHA256}
grants:
  - permissions: [register]
    on: [my-org/*]
    to:
      iss: https://token.actions.githubusercontent.com
      repository_owner_id: "123456"
      job_workflow_ref: "octue/workflows/.github/workflows/build.yml@refs/tags/*"
  - permissions: [read, call]
    on: [my-org/*]
    to: { iss: https://accounts.google.com, email: svc@project.iam.gserviceaccount.com }
  - { permissions: [manage], on: [my-org/*], to: { token: ci-legacy } }
  - { permissions: [admin], on: ["*"], to: { certificate: "CN=root,O=My Org" } }
  - { permissions: [read], on: [public/*], to: anyone }
call_audiences:
  - { on: my-org/*, audience: "https://calls.my-org.example" }
`
