/**
 * The status lists of a million licences made anew, each after one more revocation: acts read, places
 * packed, signed and stored. The limit is to pack as many bytes.
 */
import { deflateSync } from 'node:zlib'
import { statusListLength } from '../sdk/status/signer.ts'
import { createPublisher } from '../vault/status-list.ts'
import { compare, repeated } from './measure.ts'
import { withSetting } from './setting.ts'
import { addRevoked, settlePlaces } from './status-list-store.ts'

const lists = [0, 1, 2, 3, 4, 5, 6, 7] as const
const places = lists.length * statusListLength
/** One licence of so many has ended before its term. */
const every = 10
const rounds = 6
const bitsEach = 2

export function measureStatusLists(): Promise<void> {
  return withSetting(async ({ world: { exchange }, owner }) => {
    await addRevoked(owner, { from: 0, until: places, every })
    await settlePlaces(owner, places)
    const { db, log, settings } = exchange
    const publisher = createPublisher({
      ...{ db, log, signer: () => settings.keys.status, uri: 'https://bench.example/' },
      databaseClock: undefined,
    })
    const packed = new Uint8Array((statusListLength * bitsEach) / 8)
    for (let i = 0; i < packed.length; i += 5) packed[i] = 1
    let ended = 0
    await compare({
      name: `status lists of ${places} places, a tenth of them revoked`,
      ...{ unit: 'places', rounds },
      work: async () => {
        ended += 1
        const first = ended * every + 1
        await addRevoked(owner, { from: first, until: places, every: statusListLength })
        publisher.changed()
        for (const list of lists) await publisher.publish(list, new Date())
        return places
      },
      limits: {
        'packing as many bytes': () => {
          repeated(lists.length, () => deflateSync(packed))
          return places
        },
      },
    })
  })
}
