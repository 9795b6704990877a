import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rolldown } from 'rolldown'
import { root } from '../proto/read-comments.ts'
import { licensesOf } from './licenses.ts'

// `npm run build`: bundles the SDK of OpenTelemetry into the one file of dist/ that uses it, with the licenses of the packages in
// it. As dependencies, these packages would add 18 MB to every installation, for the few servers that send traces.

const folder = join(root, 'dist/src/telemetry')
const build = await rolldown({
  input: join(folder, 'otlp.js'),
  platform: 'node',
  // The interface of OpenTelemetry is a dependency: the SDK registers itself there.
  external: ['@opentelemetry/api'],
})
const { output } = await build.generate({ format: 'esm', minify: true, codeSplitting: false })
await build.close()
writeFileSync(join(folder, 'otlp.js'), output[0].code)
writeFileSync(join(folder, 'LICENSES.txt'), licensesOf(output))
