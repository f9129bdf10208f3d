/** Freezes envelopes of every level and age. */
import { issueTimeStamp } from '../../certs-dev/time-stamp.ts'
import { toBase64url } from '../../sdk/base64url.ts'
import { writeChain } from '../../sdk/certificate/chain.ts'
import {
  addArchiveTimeStamp,
  addTimeStamp,
  addValidationData,
  bytesToArchive,
  bytesToTimeStamp,
  createEvidence,
} from '../../sdk/evidence.ts'
import { signJws } from '../../sdk/jws.ts'
import { sha256 } from '../../sdk/primitives.ts'
import { issueCa, issueCrl, issueDepartmentCa, issueSeal } from '../certificates.ts'
import { ecKeys, named } from '../../certs-dev/certforge/forge.ts'
import type { Party } from '../certificates.ts'
import { seconds } from '../forging.ts'
import { issuingAt as at } from '../issuing.ts'
import { timeStampAuthority } from '../time-stamping.ts'
import type { Authority } from '../time-stamping.ts'
import { curves, frozenAt } from './freeze-set.ts'
import type { FrozenSet } from './freeze-set.ts'

/** A seal of 2026 by 2033: its certificate, its authority and two time-stamping authorities are over. */
export async function freezeEnvelopes({ keep, freeze }: FrozenSet): Promise<void> {
  for (const curve of curves) {
    const day = (text: string): Date => new Date(`${text}T12:00:00Z`)
    const long = { from: day('2020-01-01'), until: day('2045-01-01') }
    const keys = () => ({ keys: ecKeys(curve) })
    const root = await issueCa({ name: named('root', 'platform'), ...long, ...keys() })
    const middle = { name: named('licensing', 'platform'), issuer: root, ...long, ...keys() }
    const licensing = await issueCa(middle, 1)
    const ends = { from: long.from, until: day('2032-01-01') }
    const department = await issueDepartmentCa({
      name: named('dept'),
      issuer: licensing,
      ...ends,
      ...keys(),
    })
    const seal = await issueSeal({ issuer: department, ...keys() })
    const parties = [root, licensing, department]
    const listsAt = (time: Date) => listsOf(parties, time)
    const tsa = (from: string, until: string): Promise<Authority> =>
      timeStampAuthority([licensing], { from: day(from), until: day(until), ...keys() })
    const chain = [seal, department, licensing].map(({ der }) => der)
    const withLists = async (envelope: string, time: Date): Promise<string> =>
      addValidationData(envelope, { certificates: chain, crls: await listsAt(time) })
    const archived = (envelope: string, authority: Authority, time: Date): string => {
      const data = bytesToArchive(envelope)
      return addArchiveTimeStamp(envelope, issueTimeStamp({ authority, data, at: time }))
    }
    const anchor = keep(`envelope-${curve}-root.der`, root.der)
    const crlsAt = async (time: Date): Promise<string[]> => {
      const lists = await listsAt(time)
      return lists.map((der, i) => keep(`envelope-${curve}-${time.getUTCFullYear()}-${i}.crl`, der))
    }
    const first = await tsa('2026-01-01', '2027-06-01')
    const basic = createEvidence(sealedBy(seal, chain))
    const data = bytesToTimeStamp(basic)
    const stamp = issueTimeStamp({ authority: first, data, at })
    const timed = addTimeStamp(basic, stamp)
    const complete = await withLists(timed, day('2027-03-01'))
    const second = await tsa('2027-01-01', '2030-06-01')
    const archive = archived(complete, second, day('2027-03-01'))
    const third = await tsa('2030-01-01', '2033-06-01')
    const renewed = archived(await withLists(archive, day('2030-03-01')), third, day('2030-03-01'))
    const today = { at: frozenAt, anchor, crls: await crlsAt(at) }
    freeze('envelope', today, {
      [`envelope-${curve}-b-b.json`]: basic,
      [`envelope-${curve}-b-t.json`]: timed,
    })
    const later = day('2033-03-01')
    freeze(
      'envelope',
      { at: day('2027-03-02').toISOString(), anchor, crls: await crlsAt(day('2027-03-01')) },
      {
        [`envelope-${curve}-b-lt.json`]: complete,
        [`envelope-${curve}-b-lta.json`]: archive,
      },
    )
    freeze(
      'envelope',
      { at: later.toISOString(), anchor, crls: await crlsAt(later) },
      {
        [`envelope-${curve}-renewed.json`]: renewed,
      },
    )
    freeze(
      'time-stamp',
      { at: frozenAt, anchor, data: Buffer.from(data).toString('latin1') },
      {
        [`time-stamp-${curve}.der`]: stamp,
      },
    )
  }
}

async function listsOf(issuers: readonly Party[], time: Date): Promise<Uint8Array[]> {
  const dayMs = 86_400_000
  const [from, until] = [new Date(time.getTime() - dayMs), new Date(time.getTime() + 30 * dayMs)]
  const lists = await Promise.all(issuers.map((issuer) => issueCrl({ issuer, from, until })))
  return lists.map(({ der }) => der)
}

function sealedBy(seal: Party, chain: readonly Uint8Array[]): string {
  const thumbprint = toBase64url(sha256(seal.der))
  return signJws({
    header: {
      ...{ typ: 'dc+sd-jwt', kid: thumbprint, iat: seconds(at) },
      ...{ 'x5t#S256': thumbprint, x5c: writeChain(chain) },
    },
    payload: '{"vct":"x"}',
    key: seal.keys.privateKey,
  })
}
