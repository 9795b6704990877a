import { runWaypost } from '../test/support/serve.ts'

/** Whether `waypost serve` has an option, such as `--workers`. */
export async function hasServeOption(option: string): Promise<boolean> {
  const { stdout } = await runWaypost(['serve', '--help'])
  return stdout.includes(`  ${option} `)
}

/** The arguments with which a server counts its calls for Prometheus. None if it has no such option. */
export async function metricsArgs(): Promise<readonly string[]> {
  return (await hasServeOption('--metrics-port')) ? ['--metrics-port', '0'] : []
}
