import { randomFrom } from '../fuzz/random.ts'
import { sqliteStorage } from '../support/storage.ts'
import { DAMAGED, expectDamageIsNoticed, type SoundStore, soundStore } from './damaged-store.ts'
import { type Column, flipByte } from './flips.ts'

// A row that is found by a changed key may be missing elsewhere, so that an earlier state shows.
const keyColumns: readonly Column[] = ['service', 'generation', 'tag', 'registered_at', 'version', 'release', 'request']

export const soundFile = () => soundStore(sqliteStorage)

/** Changes one byte of a column, and expects every read and a verification to notice it. */
export async function expectFlipIsNoticed(sound: SoundStore, column: Column, seed: number): Promise<void> {
  const flip = flipByte(sound.storage.location.replace('sqlite:', ''), DAMAGED, column, randomFrom(seed))
  try {
    await expectDamageIsNoticed(sound, {
      services: [DAMAGED, flip.now.service],
      generations: [flip.generation, flip.now.generation],
      mayBeEarlier: keyColumns.includes(column),
      about: `${column} of generation ${flip.generation}, seed ${seed}`,
    })
  } finally {
    flip.undo()
  }
}
