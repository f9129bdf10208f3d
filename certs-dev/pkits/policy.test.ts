/**
 * What PKITS asks about policies, by its numbers and with its settings: sets of policies (4.8), explicit
 * policies (4.9), mappings (4.10), and what inhibits mappings (4.11) and anyPolicy (4.12).
 */
import 'reflect-metadata'
import type { Extension } from '@peculiar/x509'
import { expect, test } from 'vitest'
import type { PathQuestion } from '../../sdk/certificate.ts'
import { extensionOids } from '../../sdk/certificate/extension.ts'
import { contextTag } from '../../sdk/der-value.ts'
import { der, integer, oid, sequence } from '../der-writer.ts'
import { extension } from '../extension.ts'
import { chain, judge } from '../../test/pkits.ts'

type Policy = 1 | 2 | 3 | 4 | 5 | 6 | 'any'

/** What one certificate says; the anchor's neighbour first. */
interface Says {
  readonly self?: true
  readonly p?: readonly Policy[]
  /** A qualifier of each policy, which nobody reads. */
  readonly note?: Uint8Array
  readonly map?: readonly (readonly [Policy, Policy])[]
  readonly explicit?: number
  readonly noMapping?: number
  readonly noAny?: number
}

const oidOf = (policy: Policy): string =>
  policy === 'any' ? '2.5.29.32.0' : `2.16.840.1.101.3.2.1.48.${policy}`

const cps = sequence(oid('1.3.6.1.5.5.7.2.1'), der(0x16, Buffer.from('http://csrc.nist.gov/pki')))
const notice = sequence(
  oid('1.3.6.1.5.5.7.2.2'),
  sequence(der(0x1a, Buffer.from('a notice for people '.repeat(20)))),
)

function count(number: number, value: number | undefined): Uint8Array[] {
  return value === undefined ? [] : [der(contextTag(number, 'primitive'), Uint8Array.of(value))]
}

function extensionsOf({ p, note, map, explicit, noMapping, noAny }: Says): Extension[] {
  const written: [string, boolean, Uint8Array][] = []
  if (p) {
    const qualifiers = note ? [sequence(note)] : []
    const list = p.map((policy) => sequence(oid(oidOf(policy)), ...qualifiers))
    written.push([extensionOids.policies, false, sequence(...list)])
  }
  if (map) {
    const pairs = map.map((pair) => sequence(...pair.map((policy) => oid(oidOf(policy)))))
    written.push([extensionOids.policyMappings, false, sequence(...pairs)])
  }
  const counts = [...count(0, explicit), ...count(1, noMapping)]
  if (counts.length > 0) written.push([extensionOids.policyConstraints, true, sequence(...counts)])
  if (noAny !== undefined) written.push([extensionOids.inhibitAnyPolicy, true, integer(noAny)])
  return written.map(([type, isCritical, value]) => extension(type, { isCritical, value }))
}

type Settings = PathQuestion['policies']
const explicit = { requireExplicit: true } as const
/** As RFC 5280 §6.1.1 (c) has it: only who demands a policy needs one. */
const among = (...policies: readonly Policy[]): Settings => ({ acceptable: policies.map(oidOf) })
const demand = (...policies: readonly Policy[]): Settings => policies.map(oidOf)
const none: Settings = undefined

type Row = readonly [
  id: string,
  path: readonly Says[],
  ...asked: (readonly [settings: Settings, isValid: boolean])[],
]

const [one, two, any, nothing] = [{ p: [1] }, { p: [2] }, { p: ['any'] }, {}] as const
const own = { self: true } as const
const asked = { explicit: 0 } as const
const [yes, no] = [true, false]
const oneTo = (...targets: readonly Policy[]): Says => ({
  map: targets.map((target) => [1, target] as const),
})

const rows: readonly Row[] = [
  [
    ...(['4.8.1', [one, one]] as const),
    ...([
      [none, yes],
      [explicit, yes],
      [demand(1), yes],
      [demand(2), no],
      [demand(1, 2), yes],
    ] as const),
  ],
  ['4.8.2', [nothing, nothing], [none, yes], [explicit, no], [demand(1), no]],
  ['4.8.3', [one, two, two], [none, yes], [explicit, no], [demand(1, 2), no]],
  ['4.8.4', [one, { ...one, ...asked }, two], [none, no]],
  ['4.8.5', [one, { ...two, ...asked }, one], [none, no]],
  [
    ...(['4.8.6', [{ p: [1, 2, 3, 4], ...asked }, { p: [1, 2, 3] }, { p: [1, 2] }, one]] as const),
    ...([
      [none, yes],
      [among(1), yes],
      [among(2), no],
    ] as const),
  ],
  ['4.8.7', [{ p: [1, 2, 3], ...asked }, { p: [1, 2] }, one, { p: [3] }], [none, no]],
  ['4.8.8', [{ p: [1, 2], ...asked }, one, two, two], [none, no]],
  ['4.8.9', [{ p: [1, 2, 3], ...asked }, { p: [1, 2] }, two, one], [none, no]],
  [
    ...(['4.8.10', [{ p: [1, 2], ...asked }, { p: [1, 2] }]] as const),
    ...([
      [none, yes],
      [among(1), yes],
      [among(2), yes],
    ] as const),
  ],
  ['4.8.11', [{ ...any, ...asked }, any], [none, yes], [among(1), yes]],
  ['4.8.12', [{ p: [3], ...asked }, { p: [4] }], [none, no]],
  [
    ...(['4.8.13', [{ p: [1, 2, 3], ...asked }, { p: [1, 2, 3] }]] as const),
    ...([
      [among(1), yes],
      [among(2), yes],
      [among(3), yes],
      [among(4), no],
    ] as const),
  ],
  ['4.8.14', [{ ...any, ...asked }, one], [among(1), yes], [among(2), no]],
  ['4.8.15', [{ ...one, note: notice }], [none, yes], [demand(1), yes]],
  ['4.8.16', [one, { ...one, note: notice }], [demand(1), yes]],
  ['4.8.17', [one, { p: [1, 'any'], note: notice }], [demand(1), yes]],
  ['4.8.18', [{ p: [1, 2] }, { p: [1, 'any'], note: notice }], [demand(1), yes], [demand(2), yes]],
  ['4.8.19', [{ ...one, note: notice }], [none, yes]],
  ['4.8.20', [one, { ...one, note: cps }], [demand(1), yes], [demand(2), no]],
  ['4.9.1', [{ explicit: 10 }, nothing, nothing, nothing, nothing], [none, yes]],
  ['4.9.2', [{ explicit: 5 }, nothing, nothing, nothing, nothing], [none, yes]],
  ['4.9.3', [{ explicit: 4 }, nothing, nothing, nothing, nothing], [none, no]],
  ['4.9.4', [{ ...one, ...asked }, one, one, one, one], [none, yes]],
  ['4.9.5', [{ explicit: 7 }, { explicit: 2 }, { explicit: 4 }, nothing, nothing], [none, no]],
  ['4.9.6', [{ explicit: 2 }, own, nothing], [none, yes]],
  ['4.9.7', [{ explicit: 2 }, own, nothing, nothing], [none, no]],
  ['4.9.8', [{ explicit: 2 }, own, nothing, own, nothing], [none, no]],
  [
    ...(['4.10.1', [{ ...one, ...oneTo(2), ...asked }, two]] as const),
    ...([
      [among(1), yes],
      [among(2), no],
      [{ inhibitMapping: true }, no],
    ] as const),
  ],
  [
    ...(['4.10.2', [{ ...one, ...oneTo(2), ...asked }, one]] as const),
    ...([
      [none, no],
      [{ inhibitMapping: true }, no],
    ] as const),
  ],
  [
    '4.10.3',
    [{ p: [1, 2], ...oneTo(3), ...asked }, { p: [2, 3], map: [[3, 4]] }, { p: [4] }],
    ...([
      [among(1), yes],
      [among(2), no],
    ] as const),
  ],
  [
    '4.10.4',
    [{ p: [1, 2], ...oneTo(3), ...asked }, { p: [2, 3], map: [[3, 4]] }, { p: [3] }],
    [none, no],
  ],
  [
    ...([
      '4.10.5',
      [{ ...one, ...oneTo(2, 3, 4), ...asked }, { p: [2, 5], map: [[2, 5]] }, { p: [5] }],
    ] as const),
    ...([
      [among(1), yes],
      [among(6), no],
    ] as const),
  ],
  [
    ...([
      '4.10.6',
      [{ ...one, ...oneTo(2, 3), ...asked }, { p: [3, 4], map: [[3, 5]] }, { p: [5] }],
    ] as const),
    ...([
      [among(1), yes],
      [among(6), no],
    ] as const),
  ],
  ['4.10.7', [{ ...any, map: [['any', 1]], ...asked }, one], [none, no]],
  ['4.10.8', [{ ...one, map: [[1, 'any']], ...asked }, one], [none, no]],
  ['4.10.9', [{ ...any, ...oneTo(2), ...asked }, two], [none, yes]],
  ['4.10.10', [{ ...one, ...asked }, { ...any, ...oneTo(2) }, one], [none, no]],
  ['4.10.11', [{ ...one, ...asked }, { ...any, ...oneTo(2) }, two], [none, yes]],
  [
    ...([
      '4.10.12',
      [
        { p: [1, 2], ...oneTo(3), ...asked },
        { p: [3, 'any'], note: notice },
      ],
    ] as const),
    ...([
      [among(1), yes],
      [among(2), yes],
    ] as const),
  ],
  ['4.10.13', [{ p: [1, 'any'], ...oneTo(2), note: notice, ...asked }, two], [among(1), yes]],
  ['4.10.14', [{ p: [1, 'any'], ...oneTo(2), note: notice, ...asked }, one], [none, yes]],
  ['4.11.1', [{ ...one, noMapping: 0, ...asked }, { ...one, ...oneTo(2) }, two], [none, no]],
  ['4.11.2', [{ ...one, noMapping: 1, ...asked }, { ...one, ...oneTo(2) }, two], [none, yes]],
  [
    '4.11.3',
    [
      { ...one, noMapping: 1, ...asked },
      { ...one, ...oneTo(2) },
      { ...two, map: [[2, 3]] },
      { p: [3] },
    ],
    [none, no],
  ],
  [
    '4.11.4',
    [{ ...one, noMapping: 5, ...asked }, { ...one, noMapping: 1 }, { ...one, ...oneTo(2) }, two],
    [none, yes],
  ],
  [
    '4.11.5',
    [
      { ...one, noMapping: 5, ...asked },
      { ...one, noMapping: 1 },
      { ...one, noMapping: 5, ...oneTo(2) },
      { ...two, map: [[2, 3]] },
      { p: [3] },
    ],
    [none, no],
  ],
  [
    '4.11.6',
    [{ ...one, noMapping: 1, ...asked }, { ...one, noMapping: 5 }, { ...one, ...oneTo(2) }, two],
    [none, no],
  ],
  [
    '4.11.7',
    [{ ...one, noMapping: 1, ...asked }, { ...own, ...one }, { ...one, ...oneTo(2) }, two],
    [none, yes],
  ],
  [
    '4.11.8',
    [
      { ...one, noMapping: 1, ...asked },
      { ...own, ...one },
      { ...one, ...oneTo(2) },
      { ...two, map: [[2, 3]] },
      { p: [3] },
    ],
    [none, no],
  ],
  [
    '4.11.9',
    [
      { ...one, noMapping: 1, ...asked },
      { ...own, ...one },
      { ...one, ...oneTo(2) },
      { ...two, map: [[2, 4]] },
      { p: [4] },
    ],
    [none, no],
  ],
  [
    '4.11.10',
    [
      { ...one, noMapping: 1, ...asked },
      { ...own, ...one },
      one,
      { ...own, ...one, ...oneTo(2) },
      two,
    ],
    [none, no],
  ],
  [
    '4.11.11',
    [
      { ...one, noMapping: 1, ...asked },
      { ...own, ...one },
      one,
      { ...own, ...one, ...oneTo(2) },
      one,
    ],
    [none, no],
  ],
  ['4.12.1', [{ ...one, noAny: 0, ...asked }, any], [none, no]],
  ['4.12.2', [{ ...one, noAny: 0, ...asked }, { p: ['any', 1] }], [none, yes]],
  ['4.12.3', [{ ...one, noAny: 1, ...asked }, any, one], [none, yes], [{ inhibitAny: true }, no]],
  ['4.12.4', [{ ...one, noAny: 1, ...asked }, any, any], [none, no]],
  ['4.12.5', [{ ...one, noAny: 5, ...asked }, { ...one, noAny: 1 }, any, any], [none, no]],
  ['4.12.6', [{ ...one, noAny: 1, ...asked }, { ...one, noAny: 5 }, any, any], [none, no]],
  ['4.12.7', [{ ...one, noAny: 1, ...asked }, { ...own, ...any }, any, one], [none, yes]],
  ['4.12.8', [{ ...one, noAny: 1, ...asked }, { ...own, ...any }, any, any, one], [none, no]],
  [
    '4.12.9',
    [{ ...one, noAny: 1, ...asked }, { ...own, ...any }, any, { ...own, ...any }, one],
    [none, yes],
  ],
  ['4.12.10', [{ ...one, noAny: 1, ...asked }, { ...own, ...any }, any, any], [none, no]],
]

test.for(rows)('PKITS %s', ([, path, ...settings]) => {
  const made = chain(
    ...path.map((says) => ({
      ...(says.self && { self: says.self }),
      roles: { policies: extensionsOf(says) },
    })),
  )
  for (const [policies, isValid] of settings) {
    expect(judge(made, [], { requireRevocation: false, ...(policies && { policies }) })).toBe(
      isValid ? 'ok' : 'policy',
    )
  }
})
