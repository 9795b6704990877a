// Runs a registry inside an app on node:http, below /registry. The app has its own default policy.
// Start it with:
//   node examples/node-http.ts
import { createServer } from 'node:http'
import { createRegistryHandler, type DefaultPolicy, openStore } from 'waypost/server'

// A beta does not become the default, unless the service has no default yet.
const holdBackBetas: DefaultPolicy = ({ revisionTag }, { currentDefault }) =>
  currentDefault === null || !revisionTag.includes('beta')

const store = await openStore(process.env.STORE ?? 'sqlite:waypost.db')
const registry = createRegistryHandler({ store, defaultPolicy: holdBackBetas, basePath: '/registry' })

const server = createServer((request, response) => {
  registry(request, response, () => response.end('Hello from the app itself.\n'))
})

server.listen(Number(process.env.PORT ?? 8080), '127.0.0.1', () => {
  console.log(`listening on ${JSON.stringify(server.address())}`)
})

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => server.close(() => store.close()))
