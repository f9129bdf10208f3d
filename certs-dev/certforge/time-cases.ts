/** Cases 1 to 10: when a certificate holds (RFC 5280 §4.1.2.5). */
import { sequence } from '../der-writer.ts'
import { both, malformed, under, underRoot } from './case.ts'
import type { Case, Presented } from './case.ts'
import { textTime } from './certificate-writer.ts'
import { named } from './forge.ts'
import type { Forge } from './forge.ts'

const from = new Date('2026-03-01T00:00:00Z')
const until = new Date('2026-09-01T00:00:00Z')
const second = 1_000

/** A seal of half a year, so many milliseconds away from its beginning or its end. */
function sealAt(end: Date, ms: number): Case['make'] {
  return ({ sealOf }) => ({
    leaf: sealOf({ from, until }).der,
    at: new Date(end.getTime() + ms),
  })
}

/** A seal whose validity is written like this. */
function sealWith(...times: readonly Uint8Array[]): Case['make'] {
  return ({ sealOf }) => ({
    leaf: sealOf({ change: { fields: { validity: sequence(...times) } } }).der,
  })
}

const utc = (text: string): Uint8Array => textTime('utcTime', text)
const generalized = (text: string): Uint8Array => textTime('generalizedTime', text)
const begins = utc('260101000000Z')

export const timeCases: readonly Case[] = [
  {
    ...{ id: '1', name: 'expired by 1 s', rule: '§6.1.3 (a)(2)' },
    ...both('certificate-expired'),
    make: sealAt(until, second),
  },
  {
    ...{ id: '2', name: 'exactly notAfter', rule: '§4.1.2.5: inclusive', ...both('ok') },
    make: sealAt(until, 0),
  },
  {
    ...{ id: '3', name: 'exactly notBefore', rule: '§4.1.2.5: inclusive', ...both('ok') },
    make: sealAt(from, 0),
  },
  {
    ...{ id: '4', name: 'not yet valid by 1 s', rule: '§6.1.3 (a)(2)' },
    ...both('certificate-not-yet-valid'),
    make: sealAt(from, -second),
  },
  {
    ...{ id: '5', name: 'intermediate expired', rule: '§6.1.3 (a)(2)' },
    ...both('certificate-expired'),
    make: (forge) => afterEnd(under(forge, forge.departmentCa({ from, until }))),
  },
  {
    ...{ id: '6', name: 'root expired', rule: '§6.2: trust limited in time' },
    ...both('certificate-expired'),
    make: (forge) => afterEnd(underRoot(forge, rootUntil(forge))),
  },
  {
    ...{ id: '7', name: 'notAfter before notBefore', rule: '§4.1.2.5' },
    ...malformed('validity'),
    make: sealWith(begins, utc('251231235959Z')),
  },
  {
    ...{ id: '8', name: 'year 9999', rule: '§4.1.2.5: no well-defined end', ...both('ok') },
    make: sealWith(begins, generalized('99991231235959Z')),
  },
  {
    ...{ id: '9a', name: 'UTCTime, then GeneralizedTime of 2050', rule: '§4.1.2.5' },
    ...both('ok'),
    make: sealWith(begins, generalized('20500101000000Z')),
  },
  {
    ...{ id: '9b', name: 'UTCTime, then GeneralizedTime of 2049', rule: '§4.1.2.5' },
    ...both('certificate-form'),
    make: sealWith(begins, generalized('20491231235959Z')),
  },
  {
    ...{ id: '10', name: 'fractional seconds', rule: '§4.1.2.5.2' },
    ...malformed('time'),
    make: sealWith(begins, generalized('20500101000000.5Z')),
  },
]

function rootUntil({ ca, keys }: Forge) {
  return ca({ name: named('root', 'platform'), keys: keys(), from, until })
}

function afterEnd(presented: Presented): Presented {
  return { ...presented, at: new Date(until.getTime() + second) }
}
