/** Issuing licences one by one for many callers, each answered when durable. The limit is one seal. */
import { randomBytes, sign } from 'node:crypto'
import { businessLicence } from '../demo/sample.ts'
import { compare, inParallel, repeated } from './measure.ts'
import { inventedCompany, withSetting } from './setting.ts'

const callers = 32
const times = { ours: 5_000, limit: 2_000 } as const
/** About what a seal is set on: header with chain, payload with twelve digests. */
const sealedBytes = 5_000

export function measureIssuing(): Promise<void> {
  return withSetting(async ({ world: { exchange } }) => {
    const seal = exchange.settings.keys.seals.get('haikouMarket')
    if (!seal) throw new Error('the sample world lost its seal')
    const message = randomBytes(sealedBytes)
    let issued = 0
    await compare({
      ...{ name: `issue one by one, ${callers} callers`, unit: 'licences' },
      work: () =>
        inParallel({ callers, count: times.ours }, () => {
          issued += 1
          return exchange.vault.issue(businessLicence(inventedCompany(issued)))
        }),
      limits: {
        'one ES256 signature': () => repeated(times.limit, () => sign('sha256', message, seal.key)),
      },
      settle: () => exchange.log.sequence(),
    })
  })
}
