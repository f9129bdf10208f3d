/**
 * Graphs of authorities in which some certificates are bad, as the path building suite of BetterTLS draws
 * them (figures of RFC 4158 §2.3 and §2.4): a path is found exactly when good certificates alone lead
 * from the anchor to the end, whatever it is that is wrong with the others.
 */
import 'reflect-metadata'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { validatePath } from '../sdk/certificate.ts'
import { at, certify, ecKeys, named } from './certforge/forge.ts'
import type { Keys, Order, Roles } from './certforge/forge.ts'
import { alternativeNames, dns, nameConstraints } from './certforge/name-writer.ts'
import { caConstraints, caUsage, purposes, signingUsage } from './extension.ts'
import * as x509 from '@peculiar/x509'

type Edge = readonly [from: string, to: string]
const edges = (text: string): readonly Edge[] =>
  text.split(' ').map((edge): Edge => {
    const [from = '', to = ''] = edge.split('>')
    return [from, to]
  })

const graphs = {
  'RFC 4158, figure 7': edges('T>A T>C A>C C>A A>B C>B B>EE'),
  'a bridge': edges(
    'T>Bridge Bridge>T W>Bridge Bridge>W X>Bridge Bridge>X T>F T>G F>G G>F F>H H>I I>H G>I ' +
      'X>J J>K X>L L>M L>N N>EE W>A W>C A>C C>A A>B C>B',
  ),
} as const

const ca = { constraints: [caConstraints()], usage: [caUsage()] }
/** What can be wrong with the certificate of an authority. */
const faults: Readonly<Record<string, { readonly roles?: Roles; readonly until?: Date }>> = {
  expired: { until: new Date(at.getTime() - 3_600_000) },
  'other names': { roles: { nc: [nameConstraints([dns('bad.example.com')])] } },
  'another purpose': { roles: { eku: [purposes('1.3.6.1.5.5.7.3.4')] } },
  'no constraints': { roles: { constraints: [] } },
  'no authority': {
    roles: { constraints: [new x509.BasicConstraintsExtension(false, undefined, true)] },
  },
}

const host = 'localhost'
const leafRoles: Roles = {
  usage: [signingUsage()],
  eku: [new x509.ExtendedKeyUsageExtension(['1.3.6.1.5.5.7.3.1'], false)],
  names: [alternativeNames([dns(host)])],
}

const keys = new Map<string, Keys>()
function keysOf(name: string): Keys {
  const known = keys.get(name) ?? ecKeys()
  keys.set(name, known)
  return known
}

const made = new Map<string, Uint8Array>()
function certificate([from, to]: Edge, fault?: string): Uint8Array {
  const key = `${from}>${to} ${fault ?? ''}`
  const issuer = { name: named(from), keys: keysOf(from) }
  const order: Order = { name: named(to), keys: keysOf(to), issuer, ...faults[fault ?? ''] }
  const der = made.get(key) ?? certify(order, ecKeys, to === 'EE' ? leafRoles : ca).der
  made.set(key, der)
  return der
}

const anchor = certify({ name: named('T'), keys: keysOf('T') }, ecKeys, ca).der

/** Whether some way leads from the anchor to the end; no certificate of the anchor itself is on it. */
function isReachable(good: readonly Edge[]): boolean {
  const reached = new Set(['T'])
  for (let before = 0; before < reached.size;) {
    before = reached.size
    for (const [from, to] of good) if (reached.has(from)) reached.add(to)
  }
  return reached.has('EE')
}

test.for(Object.entries(graphs))('%s', ([, graph]) => {
  const middle = graph.filter(([, to]) => to !== 'EE')
  const [end] = graph.filter(([, to]) => to === 'EE')
  if (!end) throw new RangeError('no end')
  const leaf = certificate(end)
  const verdicts = { true: 0, false: 0 }
  const some = fc.uniqueArray(fc.nat(middle.length - 1), { maxLength: middle.length })
  fc.assert(
    fc.property(some, fc.constantFrom(...Object.keys(faults)), fc.nat(), (bad, fault, turn) => {
      const ders = middle.map((edge, i) => certificate(edge, bad.includes(i) ? fault : undefined))
      const intermediates = [
        ...ders.slice(turn % ders.length),
        ...ders.slice(0, turn % ders.length),
      ]
      const question = { leaf, intermediates, anchors: [anchor], at, dnsName: host } as const
      const expected = isReachable([...middle.filter((_, i) => !bad.includes(i)), end])
      verdicts[`${expected}`] += 1
      const verdict = validatePath({ ...question, profile: 'rfc5280', purpose: 'serverAuth' })
      expect(verdict.ok).toBe(expected)
    }),
    { numRuns: 60 },
  )
  expect(Math.min(verdicts.true, verdicts.false)).toBeGreaterThan(5)
})
