// A default policy that holds back betas, and every revision in the namespace `lab`. Start a registry with it:
//   npm start -- --default-policy examples/policy.ts
import type { DefaultPolicy } from 'waypost/server'

const policy: DefaultPolicy = ({ namespace, revisionTag }, { currentDefault }) => {
  if (currentDefault === null) return true // The first revision, so that there is a default at all.
  return namespace !== 'lab' && !revisionTag.includes('beta')
}

export default policy
