/**
 * Verifying a licence of 20 items offline, with everything a relying party asks for: certificate
 * path and revocation, seal, issuer, status list, proof of issue; path, list and head are those of the
 * licence before, and remembered. The limit is one signature, in both forms in which Node takes it:
 * the form of DER costs less, because Node passes the other one through exceptions of its own.
 */
import { verifyLicence } from '../sdk/licence.ts'
import { createSample, itemCount, rawVerifications } from './licence.ts'
import { compare, inShortTurns, repeated } from './measure.ts'

const times = 30

export async function measureVerification(): Promise<void> {
  const { pki, taskOf, raw } = await createSample()
  const signature = rawVerifications(raw)
  for (const disclosed of [itemCount, 5]) {
    const { document, ...asked } = taskOf(disclosed)
    const question = { trust: pki.trust, ...asked }
    await compare({
      ...{ name: `verify, ${itemCount} items, ${disclosed} disclosed`, unit: 'licences' },
      ...inShortTurns,
      work: () => repeated(times, () => verifyLicence(document, question)),
      limits: {
        'one ES256 signature verified, r‖s': () => repeated(times, signature.plain),
        'the same as DER': () => repeated(times, signature.der),
      },
    })
  }
}
