import type { Topology } from '../../test/support/running-mongo.ts'
import type { Bench, Row } from '../bench.ts'
import { importingIntoMongo } from '../import.ts'
import { type Deployment, startDeployment } from './deployment.ts'
import { getFromMongo, listFromMongo } from './get.ts'
import { registerManyServices, registerOneService } from './register.ts'

/** Everything about MongoDB: a replica set of three members, and an import into a single server. */
export async function mongodb(bench: Bench): Promise<Row[]> {
  return [
    ...(await onDeployment('replica set', async (deployment) => [
      ...(await getFromMongo(bench, deployment)),
      ...(await registerManyServices(bench, deployment)),
      ...(await registerOneService(bench, deployment)),
    ])),
    ...(await onDeployment('replica set', (deployment) => listFromMongo(bench, deployment))),
    ...(await onDeployment('single server', ({ location }) => importingIntoMongo(bench, location))),
  ]
}

async function onDeployment(topology: Topology, measure: (deployment: Deployment) => Promise<Row[]>): Promise<Row[]> {
  const deployment = await startDeployment(topology)
  if ('unavailable' in deployment) return [{ name: `MongoDB, ${topology}`, skipped: deployment.unavailable }]
  await using running = deployment
  return await measure(running)
}
