/**
 * What PKITS asks about lists, by its numbers: basic revocation (4.4), and authorities that issue to
 * themselves when their keys change (4.5). Whoever signs lists comes among the intermediates.
 */
import 'reflect-metadata'
import * as x509 from '@peculiar/x509'
import { expect, test } from 'vitest'
import { ecKeys } from '../certforge/forge.ts'
import type { Party } from '../certforge/forge.ts'
import { extensionDer } from '../certforge/list-writer.ts'
import { der } from '../der-writer.ts'
import {
  anchor,
  authority,
  chain,
  endEntity,
  judge,
  list,
  listsOf,
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
import type { Row, Says, Scene } from '../../test/pkits.ts'

const serialOf = (bytes: string): Says => ({
  change: { fields: { serial: der(0x02, Buffer.from(bytes, 'hex')) } },
})
const { keyCertSign, cRLSign } = x509.KeyUsageFlags
const oddExtension = extensionDer('2.16.840.1.101.2.1.12.2', Uint8Array.of(5, 0), true)

/** An authority whose lists are signed with a second key, of a certificate that the anchor issued. */
function separateKeys(): { readonly made: Scene; readonly signer: Party } {
  const made = scene({}, { roles: usage(keyCertSign) })
  const signer = authority('CA 0', anchor, { roles: { constraints: [], ...usage(cRLSign) } })
  return { made: { ...made, authorities: [...made.authorities, signer] }, signer }
}

table([
  ['4.4.1', 'no list', () => outcome(scene()), unknown],
  [
    ...(['4.4.2', 'CA revoked'] as const),
    () => {
      const made = scene()
      return judge(made, [list(anchor, revoking(made.ca)), list(made.ca)])
    },
    revoked,
  ],
  [
    ...(['4.4.3', 'EE revoked'] as const),
    () => {
      const made = scene()
      return outcome(made, revoking(made.leaf))
    },
    revoked,
  ],
  [
    ...(['4.4.4', 'bad signature of the list'] as const),
    () => {
      const made = scene()
      return judge(made, [list(anchor), list({ name: made.ca.name, keys: ecKeys() })])
    },
    unknown,
  ],
  [
    ...(['4.4.5', 'bad issuer of the list'] as const),
    () => {
      const made = scene()
      return judge(made, [list(anchor), list({ name: named('x'), keys: made.ca.keys })])
    },
    unknown,
  ],
  [
    ...(['4.4.6', 'list of another'] as const),
    () => judge(scene(), [list(anchor), list(anchor)]),
    unknown,
  ],
  [
    ...(['4.4.7', 'two lists'] as const),
    () => {
      const made = scene()
      const wrong = list({ name: made.ca.name, keys: ecKeys() }, revoking(made.leaf))
      return judge(made, [list(anchor), wrong, list(made.ca)])
    },
    ok,
  ],
  [
    ...(['4.4.8', 'unknown extension of an entry'] as const),
    () => {
      const entry = { serial: '20', from: moment('2010-01-01'), extensions: [oddExtension] }
      return outcome(scene(serialOf('21')), { entries: [entry] })
    },
    unknown,
  ],
  [
    '4.4.9',
    'unknown extension of a list',
    () => outcome(scene(), { more: [oddExtension] }),
    unknown,
  ],
  [
    ...(['4.4.10', 'unknown extension of a list, EE named'] as const),
    () => {
      const made = scene()
      return outcome(made, { ...revoking(made.leaf), more: [oddExtension] })
    },
    unknown,
  ],
  ['4.4.11', 'old', () => outcome(scene(), { until: moment('2010-12-31') }), unknown],
  [
    ...(['4.4.12', 'nextUpdate of 1999'] as const),
    () => outcome(scene(), { from: moment('1998-01-01'), until: moment('1999-01-01') }),
    unknown,
  ],
  ['4.4.13', 'nextUpdate of 2050', () => outcome(scene(), { until: moment('2050-01-01') }), ok],
  [
    ...(['4.4.14', 'negative serial'] as const),
    ...([
      () => outcome(scene(serialOf('ff')), revoking(scene(serialOf('00ff')).leaf)),
      ok,
    ] as const),
  ],
  [
    ...(['4.4.15', 'negative serial, revoked'] as const),
    () => {
      const made = scene(serialOf('ff'))
      return outcome(made, revoking(made.leaf))
    },
    revoked,
  ],
  ...(['7f', '7e'] as const).map((last, i): Row => [
    ...([`4.4.1${6 + i}`, 'long serial'] as const),
    () => {
      const long = `7f${'00112233445566778899'.repeat(2).slice(4)}`
      const named = scene(serialOf(`${long}aa`))
      return outcome(scene(serialOf(`${long}${last}`)), revoking(named.leaf))
    },
    ok,
  ]),
  [
    ...(['4.4.18', 'long serial, revoked'] as const),
    () => {
      const made = scene(serialOf(`7f${'0011223344556677889900112233445566778899'.slice(2)}`))
      return outcome(made, revoking(made.leaf))
    },
    revoked,
  ],
  [
    ...(['4.4.19', 'separate keys'] as const),
    () => {
      const { made, signer } = separateKeys()
      return judge(made, [list(anchor), list(signer)])
    },
    ok,
  ],
  [
    ...(['4.4.20', 'separate keys, EE revoked'] as const),
    () => {
      const { made, signer } = separateKeys()
      return judge(made, [list(anchor), list(signer, revoking(made.leaf))])
    },
    revoked,
  ],
  [
    ...(['4.4.21', 'separate keys, signer revoked'] as const),
    () => {
      const { made, signer } = separateKeys()
      return judge(made, [list(anchor, revoking(signer)), list(signer)])
    },
    unknown,
  ],
])

/** The old key certified by the new one, or the other way round; lists are signed by the new one. */
function rollover(leafBy: 'old' | 'new', certified: 'old' | 'new'): Scene & { own: Party } {
  const keys = { old: ecKeys(), new: ecKeys() }
  const known = certified === 'old' ? 'new' : 'old'
  const ca = authority('CA 0', anchor, { keys: keys[known] })
  const own = authority('CA 0', ca, { keys: keys[certified] })
  const leaf = endEntity({ name: ca.name, keys: keys[leafBy] })
  return { ca: { ...ca, keys: keys.new }, own, leaf, authorities: [ca, own] }
}

/** The lists are signed by a key of their own, which the authority certified for nothing else. */
function listKey(): Scene & { readonly signer: Party } {
  const made = scene({}, { roles: usage(keyCertSign | cRLSign) })
  const signer = authority('CA 0', made.ca, { roles: { constraints: [], ...usage(cRLSign) } })
  return { ...made, signer, authorities: [...made.authorities, signer] }
}

table([
  ['4.5.1', 'old with new', () => outcome(rollover('old', 'old'), {}), ok],
  [
    ...(['4.5.2', 'old with new, revoked'] as const),
    () => {
      const made = rollover('old', 'old')
      return outcome(made, revoking(made.leaf))
    },
    revoked,
  ],
  ['4.5.3', 'new with old', () => outcome(rollover('new', 'new'), {}), ok],
  ['4.5.4', 'new with old, EE of the old', () => outcome(rollover('old', 'new'), {}), ok],
  [
    ...(['4.5.5', 'new with old, revoked'] as const),
    () => {
      const made = rollover('new', 'new')
      return outcome(made, revoking(made.leaf))
    },
    revoked,
  ],
  [
    ...(['4.5.6', 'a key for lists'] as const),
    () => {
      const { signer, ...made } = listKey()
      return judge(made, [list(anchor), list(made.ca, { number: 2 }), list(signer)])
    },
    ok,
  ],
  [
    ...(['4.5.6', 'a key for lists, which says itself that it is good'] as const),
    () => {
      const { signer, ...made } = listKey()
      return judge(made, [list(anchor), list(signer)])
    },
    ok,
  ],
  [
    ...(['4.5.7', 'a key for lists, EE revoked'] as const),
    () => {
      const { signer, ...made } = listKey()
      return judge(made, [list(anchor), list(signer, revoking(made.leaf))])
    },
    revoked,
  ],
  [
    ...(['4.5.8', 'what a key for lists has issued'] as const),
    () => {
      const { signer, ...made } = listKey()
      const leaf = endEntity(signer)
      return judge({ ...made, leaf }, [list(anchor), list(made.ca), list(signer)])
    },
    'not-a-ca',
  ],
])

test('every list of PKITS may come at once, in any order', () => {
  const made = chain({}, {}, {})
  const strangers = Array.from({ length: 40 }, (_, i) => authority(`Stranger ${i}`, anchor))
  const asked = { ...made, authorities: [...strangers, ...made.authorities] }
  const lists = [...strangers.map((one) => list(one)), ...listsOf(made)]
  expect(judge(asked, lists)).toBe(ok)
  expect(judge(asked, lists.toReversed())).toBe(ok)
})
