import { runWaypost } from '../../test/support/serve.ts'

/** Whether `waypost serve` has an option, such as `--workers`. */
export async function hasServeOption(option: string): Promise<boolean> {
  const { stdout } = await runWaypost(['serve', '--help'])
  return stdout.includes(`  ${option} `)
}
