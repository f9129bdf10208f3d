/** Two seals that a verifier must refuse, for the story and for tests: one expired, one revoked. */
import { join } from 'node:path'
import { dayMs, obtain, pemKeeper } from './holder.ts'
import type { Holder } from './holder.ts'
import type { Revoked } from './revocation.ts'

/** Writes both to `bad/`; the answer is what the department's list must revoke. */
export async function badSeals(
  folder: string,
  { authority, at }: { readonly authority: Holder; readonly at: Date },
): Promise<readonly Revoked[]> {
  const daysFrom = (days: number): Date => new Date(at.getTime() + days * dayMs)
  const seal = { profile: 'seal', owner: authority.owner, issuer: authority, at } as const
  await obtain(
    { ...seal, period: { from: daysFrom(-730), until: daysFrom(-30) } },
    pemKeeper(join(folder, 'bad/expired')),
  )
  const revoked = await obtain(
    { ...seal, period: { from: daysFrom(-365), until: daysFrom(730) } },
    pemKeeper(join(folder, 'bad/revoked')),
  )
  // Counted from its own beginning, so that it stays the same day whenever the list is renewed.
  const { serial, notBefore } = revoked.certificate
  return [{ serial, from: new Date(notBefore.getTime() + 335 * dayMs) }]
}
