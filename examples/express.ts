// Runs a registry inside an Express app, below /registry. Mount it before any body parser, because it reads bodies itself.
// Start it with:
//   node examples/express.ts
import express from 'express'
import { createRegistryHandler, openStore } from 'waypost/server'

const store = await openStore(process.env.STORE ?? 'sqlite:waypost.db')

const app = express()
app.use('/registry', createRegistryHandler({ store, defaultPolicy: 'latest-stable' }))
app.get('/', (_request, response) => void response.send('Hello from the app itself.\n'))

const server = app.listen(Number(process.env.PORT ?? 8080), '127.0.0.1', () => {
  console.log(`listening on ${JSON.stringify(server.address())}`)
})

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => server.close(() => store.close()))
