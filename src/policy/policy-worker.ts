import { parentPort, workerData } from 'node:worker_threads'
import type { DefaultPolicy } from '../domain/default-policy.ts'
import type { Decision, Question } from './policy-workers.ts'

// Runs in a worker thread. A policy with an endless loop then blocks only its own thread.

const { default: policy } = (await import(workerData.moduleUrl)) as { default?: DefaultPolicy }
if (typeof policy !== 'function') throw new TypeError('the default export of the policy module is not a function')

parentPort?.on('message', async (question: Question) => {
  parentPort?.postMessage(await decide(policy, question))
})
parentPort?.postMessage('ready')

async function decide(decideDefault: DefaultPolicy, { id, candidate, context }: Question): Promise<Decision> {
  try {
    const answer: unknown = await decideDefault(candidate, context)
    // Some values cannot be sent to another thread. The error for a wrong answer shows it as text anyway.
    return { id, answer: typeof answer === 'boolean' ? answer : String(answer) }
  } catch (error) {
    return { id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}
