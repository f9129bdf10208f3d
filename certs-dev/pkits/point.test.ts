/**
 * What PKITS asks about distribution points (4.14) and delta lists (4.15), by its numbers: which list
 * speaks about which certificate, for which reasons, and who may sign it.
 */
import 'reflect-metadata'
import * as x509 from '@peculiar/x509'
import { extensionOids } from '../../sdk/certificate/extension.ts'
import type { Party } from '../certforge/forge.ts'
import {
  certificateIssuer,
  deltaOf,
  directory,
  issuingPoint,
  pointsDer,
  reasonCode,
  reasons,
} from '../certforge/list-writer.ts'
import type { CertificatePoint, ListEntry } from '../certforge/list-writer.ts'
import { integer } from '../der-writer.ts'
import { caConstraints, extension } from '../extension.ts'
import {
  anchor,
  authority,
  chain,
  judge,
  list,
  moment,
  named,
  ok,
  outcome,
  revoked,
  revoking,
  scene,
  table,
  unknown,
  usage,
} from '../../test/pkits.ts'
import type { ListChange, Says, Scene } from '../../test/pkits.ts'

const other: Says = { change: { fields: { serial: integer(0x20) } } }
const { cRLSign } = x509.KeyUsageFlags

const point = (...points: readonly CertificatePoint[]): Says => ({
  roles: {
    points: [
      extension(extensionOids.crlDistributionPoints, {
        ...{ isCritical: false, value: pointsDer(points) },
      }),
    ],
  },
})
const part = (value: Parameters<typeof issuingPoint>[0], change: ListChange = {}): ListChange => ({
  ...change,
  more: [issuingPoint(value), ...(change.more ?? [])],
})
const whole = (commonName: string, of = 'CA 0'): { readonly names: readonly Uint8Array[] } => ({
  names: [directory([...named(of), ['CN', commonName]])],
})
const relative = (commonName: string): { readonly relative: readonly [string, string] } => ({
  relative: ['2.5.4.3', commonName],
})

/** The EE names this point, the list that one; `isNamed`: the list names the EE. */
function pointed(at: Says, on: Parameters<typeof issuingPoint>[0], isNamed = false): string {
  const made = scene(at)
  return outcome(made, part(on, isNamed ? revoking(made.leaf) : {}))
}

const some = [1, 2] as const
const rest = [3, 4, 5, 6, 7, 8] as const

function reasoned(at: Says, ...parts: readonly (readonly [readonly number[], boolean])[]): string {
  const made = scene(at)
  const lists = parts.map(([bits, isNamed]) =>
    part({ ...whole('dp'), reasons: bits }, isNamed ? revoking(made.leaf) : {}),
  )
  return outcome(made, ...lists)
}

table([
  ['4.14.1', 'point', () => pointed(point(whole('dp')), whole('dp')), ok],
  ['4.14.2', 'point, revoked', () => pointed(point(whole('dp')), whole('dp'), true), revoked],
  ['4.14.3', 'another point', () => pointed(point(whole('dp')), whole('dp2')), unknown],
  ['4.14.4', 'relative and whole', () => pointed(point(whole('dp')), relative('dp')), ok],
  ['4.14.5', 'relative twice', () => pointed(point(relative('dp')), relative('dp')), ok],
  [
    '4.14.6',
    'relative, revoked',
    () => pointed(point(relative('dp')), relative('dp'), true),
    revoked,
  ],
  ['4.14.7', 'whole and relative', () => pointed(point(relative('dp')), whole('dp')), ok],
  ['4.14.8', 'another relative', () => pointed(point(relative('dp')), relative('dp2')), unknown],
  ['4.14.9', 'no point, a list of one', () => pointed({}, whole('dp')), unknown],
  ['4.14.10', 'a point, a list of all', () => outcome(scene(point(whole('dp'))), {}), ok],
  [
    ...(['4.14.11', 'of users, for a CA'] as const),
    () => {
      const made = chain({}, {}, {})
      const [first = anchor, second = anchor] = made.authorities
      const users = list(first, part({ flags: [1] }))
      return judge(made, [list(anchor), users, list(second)])
    },
    unknown,
  ],
  ['4.14.12', 'of CAs, for a user', () => pointed({}, { flags: [2] }), unknown],
  [
    ...(['4.14.13', 'of CAs, for a CA'] as const),
    () => {
      const made = scene({ roles: { constraints: [caConstraints()] } })
      return outcome(made, part({ flags: [2] }))
    },
    ok,
  ],
  ['4.14.14', 'of attribute certificates', () => pointed({}, { flags: [5] }), unknown],
  ['4.14.15', 'some reasons, revoked', () => reasoned(point(whole('dp')), [some, true]), revoked],
  ['4.14.16', 'some reasons', () => reasoned(point(whole('dp')), [some, false]), unknown],
  [
    ...(['4.14.17', 'some reasons twice'] as const),
    () => reasoned(point(whole('dp')), [some, false], [[3, 4], false]),
    unknown,
  ],
  [
    ...(['4.14.18', 'all reasons in two lists'] as const),
    () => reasoned(point(whole('dp')), [some, false], [rest, false]),
    ok,
  ],
  [
    ...(['4.14.19', 'two points, each of some reasons'] as const),
    () => {
      const made = scene(point({ ...whole('a'), reasons: some }, { ...whole('b'), reasons: rest }))
      const lists = [part({ ...whole('a'), reasons: some }), part({ ...whole('b'), reasons: rest })]
      return outcome(made, ...lists)
    },
    ok,
  ],
  [
    ...(['4.14.20', 'two lists, the first names it'] as const),
    () => reasoned(point(whole('dp')), [some, true], [rest, false]),
    revoked,
  ],
  [
    ...(['4.14.21', 'two lists, the second names it'] as const),
    () => reasoned(point(whole('dp')), [some, false], [rest, true]),
    revoked,
  ],
  ['4.14.22', 'indirect, of its own', () => pointed({}, { flags: [4] }), ok],
  ['4.14.23', 'indirect, of its own, revoked', () => pointed({}, { flags: [4] }, true), revoked],
])

/** The EE of CA 0 whose lists another signs: an authority, or one who does nothing else. */
function indirect(
  at: readonly CertificatePoint[],
  isCa = true,
): Scene & { readonly signer: Party } {
  const made = scene({ ...other, ...point(...at) })
  const roles = isCa ? {} : { roles: { constraints: [], ...usage(cRLSign) } }
  const signer = authority('Signer', isCa ? anchor : made.ca, roles)
  return { ...made, signer, authorities: [...made.authorities, signer] }
}

const bySigner = { crlIssuer: named('Signer') }
const ofCa = (code?: number): readonly ListEntry[] => [
  {
    ...{ serial: '20', from: moment('2010-06-01') },
    extensions: [
      ...(code === undefined ? [] : [reasonCode(code)]),
      certificateIssuer(named('CA 0')),
    ],
  },
]

function byOther(
  at: readonly CertificatePoint[],
  on: Parameters<typeof issuingPoint>[0] | undefined,
  { isCa = true, entries = [] }: { isCa?: boolean; entries?: readonly ListEntry[] } = {},
): string {
  const { signer, ...made } = indirect(at, isCa)
  const said = on ? part(on, { entries }) : { entries }
  const own = isCa ? [] : [list(made.ca)]
  return judge(made, [...own, list(signer, said), list(anchor)])
}

const indirectOf = { flags: [4] } as const
table([
  ['4.14.24', 'by another', () => byOther([bySigner], indirectOf), ok],
  [
    ...(['4.14.25', 'by another, who names a namesake'] as const),
    () =>
      byOther([bySigner], indirectOf, { entries: [{ serial: '20', from: moment('2010-06-01') }] }),
    ok,
  ],
  [
    ...(['4.14.26', 'by another, who says nothing of points'] as const),
    () =>
      byOther([{ crlIssuer: named('Signer'), ...whole('dp', 'Signer') }], whole('dp2', 'Signer')),
    unknown,
  ],
  ['4.14.27', 'by another, whose list is its own', () => byOther([bySigner], undefined), unknown],
  [
    ...(['4.14.28', 'by who signs lists, whole'] as const),
    () => {
      const at = { ...bySigner, ...whole('dp', 'Signer') }
      return byOther([at], { ...indirectOf, ...whole('dp', 'Signer') }, { isCa: false })
    },
    ok,
  ],
  [
    ...(['4.14.29', 'by who signs lists, relative'] as const),
    () => {
      const at = { ...bySigner, ...relative('dp') }
      return byOther([at], { ...indirectOf, ...whole('dp', 'Signer') }, { isCa: false })
    },
    ok,
  ],
  [
    ...(['4.14.30', 'by who signs lists, also about itself'] as const),
    () => {
      const at = point({ ...bySigner, ...whole('dp', 'Signer') })
      const made = scene({ ...other, ...at })
      const says = { roles: { constraints: [], ...usage(cRLSign), ...at.roles } }
      const signer = authority('Signer', made.ca, says)
      const asked = { ...made, authorities: [...made.authorities, signer] }
      const said = part({ ...indirectOf, ...whole('dp', 'Signer') })
      return judge(asked, [list(anchor), list(signer, said)])
    },
    ok,
  ],
  ['4.14.31', 'named', () => byOther([bySigner], indirectOf, { entries: ofCa() }), revoked],
  [
    ...(['4.14.32', 'named behind another'] as const),
    () => {
      const first = { serial: '21', from: moment('2010-06-01') }
      const entries = [...ofCa().map((one) => ({ ...one, serial: '22' })), first]
      return byOther([bySigner], indirectOf, { entries: [...entries, { ...first, serial: '20' }] })
    },
    revoked,
  ],
  [
    ...(['4.14.33', 'another of the same issuer is named'] as const),
    () => {
      const entries = ofCa().map((one) => ({ ...one, serial: '21' }))
      return byOther([bySigner], indirectOf, { entries })
    },
    ok,
  ],
  [
    ...(['4.14.34', 'named, with a reason'] as const),
    () => byOther([bySigner], indirectOf, { entries: ofCa(reasons.keyCompromise) }),
    revoked,
  ],
  [
    ...(['4.14.35', 'by another, of another point'] as const),
    () => byOther([{ ...bySigner, ...whole('dp', 'Signer') }], { ...indirectOf, ...whole('x') }),
    unknown,
  ],
])

/** A complete list of number 5, then a delta on top of it. */
function delta({
  base = {},
  entries = [],
  baseNumber = 5,
}: {
  readonly base?: ListChange
  readonly entries?: readonly ListEntry[]
  readonly baseNumber?: number
}): string {
  const made = scene(other)
  const change = { number: 6, more: [deltaOf(baseNumber)], entries }
  return outcome(made, { number: 5, ...base }, change)
}

const entryOf = (code: number): readonly ListEntry[] => [
  { serial: '20', from: moment('2010-06-01'), extensions: [reasonCode(code)] },
]
const { keyCompromise, hold, remove } = reasons
const stale = { until: moment('2011-01-01') }

table([
  ['4.15.1', 'without a base', () => outcome(scene(), { more: [deltaOf(1)], number: 2 }), unknown],
  ['4.15.2', 'silent', () => delta({}), ok],
  [
    '4.15.3',
    'named in the base',
    () => delta({ base: { entries: entryOf(keyCompromise) } }),
    revoked,
  ],
  ['4.15.4', 'named in the delta', () => delta({ entries: entryOf(keyCompromise) }), revoked],
  [
    ...(['4.15.5', 'held, then removed'] as const),
    () => delta({ base: { entries: entryOf(hold) }, entries: entryOf(remove) }),
    ok,
  ],
  [
    ...(['4.15.6', 'held, then revoked'] as const),
    () => delta({ base: { entries: entryOf(hold) }, entries: entryOf(keyCompromise) }),
    revoked,
  ],
  ['4.15.7', 'removed, never held here', () => delta({ entries: entryOf(remove) }), ok],
  ['4.15.8', 'an older base is meant', () => delta({ baseNumber: 3, base: stale }), ok],
  [
    ...(['4.15.9', 'an older base is meant, named'] as const),
    () => delta({ baseNumber: 3, base: stale, entries: entryOf(keyCompromise) }),
    revoked,
  ],
  ['4.15.10', 'a newer base is meant', () => delta({ baseNumber: 6, base: stale }), unknown],
])
