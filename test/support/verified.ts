import { verifyIn } from '../../src/compose.ts'
import { parseStore } from '../../src/config/store-location.ts'

/** The problems that `waypost verify` finds in a store, as texts. */
export async function problemsIn(location: string): Promise<string[]> {
  const found: string[] = []
  await verifyIn(parseStore(location), {
    onProblem: ({ service, generation, message }) => found.push(`${service} generation ${generation}: ${message}`),
    onNote: () => {},
  })
  return found
}
