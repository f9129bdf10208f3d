/**
 * The status lists of a million licences made anew, each after one more revocation: acts read, places
 * packed, signed and stored. The limit is to pack as many bytes.
 */
import { deflateSync } from 'node:zlib'
import { businessLicence } from '../demo/sample.ts'
import { statusListLength } from '../sdk/status/signer.ts'
import { compare, repeated } from './measure.ts'
import { inventedCompany, withSetting } from './setting.ts'
import { addRevoked, settlePlaces } from './status-list-store.ts'

const lists = [0, 1, 2, 3, 4, 5, 6, 7] as const
const places = lists.length * statusListLength
/** One licence of so many has ended before its term. */
const every = 10
const rounds = 6
const bitsEach = 2
const by = { department: 'haikouMarket', officer: 'bench' } as const
const revoked = { act: 'revoke', reason: 'obtained-by-fraud', ...by } as const

export function measureStatusLists(): Promise<void> {
  return withSetting(async ({ world: { exchange }, owner }) => {
    await addRevoked(owner, { from: 0, until: places, every })
    await settlePlaces(owner, places)
    const { vault } = exchange
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
        const { licenceId } = await vault.issue(businessLicence(inventedCompany(ended)))
        await vault.change({ licenceId, ...revoked })
        for (const list of lists) await vault.statusList(list)
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
