/** Paths of foreign authorities, as RFC 5280 has them: names, constraints, policies, hosts, budgets. */
import 'reflect-metadata'
import * as x509 from '@peculiar/x509'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { budgetLimits, createBudget } from '../sdk/certificate/budget.ts'
import { judgePath } from '../sdk/certificate/path.ts'
import type { PathQuestion } from '../sdk/certificate/path.ts'
import { issueBytes, issueCa } from '../test/certificates.ts'
import { at, ecKeys, named } from './certforge/forge.ts'
import type { Party } from '../test/certificates.ts'
import type { Keys, Order, Roles } from './certforge/forge.ts'
import { der, integer, oid, sequence } from './der-writer.ts'
import { caConstraints, caUsage, extension, keyIds, purposes, signingUsage } from './extension.ts'
import { directory as directoryName, uri } from './certforge/list-writer.ts'
import { alternativeNames, dns, email, ip, nameConstraints } from './certforge/name-writer.ts'
import type { NameParts } from './make.ts'

type Bytes = Uint8Array
const directory = (...parts: NameParts): Bytes => directoryName(parts)
const other = der(0xa0, oid('1.2.3'), der(0xa0, der(0x0c, Buffer.from('x'))))

const plain = (type: string, value: Bytes, isCritical = false): x509.Extension =>
  extension(type, { isCritical, value })
const names = (...list: readonly Bytes[]): x509.Extension => alternativeNames(list)
const policies = (...list: readonly string[]): x509.Extension =>
  plain('2.5.29.32', sequence(...list.map((policy) => sequence(oid(policy)))))
const map = (...pairs: readonly (readonly [string, string])[]): x509.Extension =>
  plain('2.5.29.33', sequence(...pairs.map(([from, to]) => sequence(oid(from), oid(to)))))
const steer = (explicit?: number, mapping?: number): x509.Extension => {
  const fields = [explicit, mapping].flatMap((count, i) =>
    count === undefined ? [] : [der(0x80 + i, Uint8Array.of(count))],
  )
  return plain('2.5.29.36', sequence(...fields), true)
}
const inhibitAny = (count: number): x509.Extension => plain('2.5.29.54', integer(count), true)

/** The mask of half an address of version 6. */
const half = Array.from({ length: 16 }, (_, i) => (i < 8 ? 255 : 0))

let root: Party
let leafKeys: Keys
beforeAll(async () => {
  root = await issueCa({ name: named('root') })
  leafKeys = ecKeys()
})

const ca = (issuer: Party, roles: Roles = {}, order: Partial<Order> = {}): Promise<Party> =>
  issueCa({ name: named('issuing'), issuer, roles, ...order })

const leafOf = (issuer: Party, roles: Roles = {}, order: Partial<Order> = {}): Promise<Bytes> =>
  issueBytes(
    { name: named('leaf'), issuer, keys: leafKeys, ...order, roles },
    { usage: [signingUsage()], names: [names(dns('www.example.org'))] },
  )

type Change = Partial<PathQuestion>

function judge(leaf: Bytes, intermediates: readonly Party[], change: Change = {}): string {
  const question = { leaf, at, profile: 'rfc5280', anchors: [root.der] } as const
  const ders = intermediates.map((party) => party.der)
  const verdict = judgePath({ ...question, intermediates: ders, ...change }, createBudget())
  return verdict.ok ? 'ok' : verdict.code
}

/** The usual chain of three, with these roles in the middle and at the end. */
async function chain(middle: Roles, end: Roles = {}, change: Change = {}): Promise<string> {
  const issuing = await ca(root, middle)
  return judge(await leafOf(issuing, end), [issuing], change)
}

describe('what every authority must keep', () => {
  const { keyCertSign, digitalSignature, cRLSign } = x509.KeyUsageFlags
  const usage = (flags: number): x509.Extension => new x509.KeyUsagesExtension(flags, true)
  const neverAsked = plain('1.3.6.1.5.5.7.48.1.5', Uint8Array.of(5, 0), true)
  test.for<readonly [string, Roles, Roles, string]>([
    ['nothing odd', {}, {}, 'ok'],
    ['no key usage', { usage: [] }, { usage: [] }, 'ok'],
    ['CA not critical', { constraints: [new x509.BasicConstraintsExtension(true)] }, {}, 'ok'],
    ['no CA', { constraints: [] }, {}, 'not-a-ca'],
    ['no right to sign', { usage: [usage(cRLSign)] }, {}, 'key-usage'],
    ['a leaf that could sign', {}, { usage: [usage(keyCertSign | digitalSignature)] }, 'key-usage'],
    ['a CA as leaf', {}, { constraints: [caConstraints()], usage: [caUsage()] }, 'ok'],
    ['constraints of a leaf', {}, { nc: [nameConstraints([dns('a')])] }, 'not-a-leaf'],
    ['something unknown', {}, { odd: [plain('1.2.3', sequence())] }, 'ok'],
    [
      'something unknown and critical',
      {},
      { odd: [plain('1.2.3', sequence(), true)] },
      'unknown-critical-extension',
    ],
    ['no key identifier of the issuer', {}, { keyIds: [] }, 'key-identifier'],
    ['no key identifiers', { keyIds: [] }, {}, 'key-identifier'],
    ['policies not critical', { p: [plain('2.5.29.54', integer(1))] }, {}, 'wrong-criticality'],
    ['a place to ask, critical', {}, { aia: [infoAccess(true)] }, 'wrong-criticality'],
    ['a place to ask', {}, { aia: [infoAccess(false)] }, 'ok'],
    ['never asked after, critical', {}, { odd: [neverAsked] }, 'ok'],
  ])('%s', async ([, middle, end, expected]) => {
    expect(await chain(middle, end)).toBe(expected)
  })

  test.for<readonly [string, string[] | undefined, string[] | undefined, string]>([
    ['none', undefined, undefined, 'ok'],
    ['this one', ['1.3.6.1.5.5.7.3.1'], ['1.3.6.1.5.5.7.3.1'], 'ok'],
    ['any', ['2.5.29.37.0'], ['2.5.29.37.0'], 'ok'],
    ['another in the leaf', undefined, ['1.3.6.1.5.5.7.3.2'], 'wrong-purpose'],
    ['another in the CA', ['1.3.6.1.5.5.7.3.2'], ['1.3.6.1.5.5.7.3.1'], 'wrong-purpose'],
    ['another in the CA, none in the leaf', ['1.3.6.1.5.5.7.3.2'], undefined, 'wrong-purpose'],
  ])('purposes: %s', async ([, middle, end, expected]) => {
    const roles = (list: string[] | undefined): Roles => (list ? { eku: [purposes(...list)] } : {})
    const purpose = 'serverAuth'
    expect(await chain(roles(middle), roles(end), { purpose })).toBe(expected)
    expect(await chain(roles(middle), roles(end), { purpose: 'curiosity' })).toBe('unknown-purpose')
  })

  test('an authority that issued to itself is not counted', async () => {
    const first = await ca(root, { constraints: [caConstraints(0)] })
    const again = await ca(first)
    expect(judge(await leafOf(again), [first, again])).toBe('ok')
    const below = await ca(first, {}, { name: named('below') })
    expect(judge(await leafOf(below), [first, below])).toBe('path-too-long')
  })

  test('an anchor is judged as any authority', async () => {
    const until = new Date(at.getTime() - 1)
    for (const [order, expected] of [
      [{ until }, 'certificate-expired'],
      [{ roles: { nc: [nameConstraints([dns('example.com')])] } }, 'name-outside-constraints'],
      [{ roles: { odd: [plain('1.2.3', sequence(), true)] } }, 'unknown-critical-extension'],
    ] as const) {
      const anchor = await issueCa({ name: named('anchor'), ...order })
      const leaf = await leafOf(anchor)
      expect(judge(leaf, [], { anchors: [anchor.der] })).toBe(expected)
    }
  })

  test('a leaf that is itself an anchor is trusted for what it is', async () => {
    const leaf = await leafOf(root)
    expect(judge(leaf, [], { anchors: [leaf] })).toBe('ok')
    expect(judge(leaf, [], { anchors: [leaf], dnsName: 'example.com' })).toBe('wrong-host')
    expect(judge(leaf, [], { anchors: [leaf], profile: 'strict' })).not.toBe('ok')
  })
})

describe('names are compared by what they say', () => {
  test.for([
    ['another case', 'Issuing CA', 'ISSUING ca', 'ok'],
    ['more white space', 'Issuing CA', '  Issuing   CA ', 'ok'],
    ['another string type', 'Issuing CA', 'Issuing CA\u3000', 'ok'],
    ['another letter', 'Issuing CA', 'Issuing С\u0410', 'untrusted-root'],
    ['no space', 'Issuing CA', 'IssuingCA', 'untrusted-root'],
  ] as const)('%s', async ([, subject, issuer, expected]) => {
    const issuing = await ca(root, {}, { name: named(subject) })
    const leaf = await leafOf({ ...issuing, name: named(issuer) })
    expect(judge(leaf, [issuing])).toBe(expected)
  })

  test('a leaf without a name has others, and they are critical', async () => {
    const order = { name: [] }
    const san = (isCritical: boolean): Roles => ({
      names: [plain('2.5.29.17', sequence(dns('a.example')), isCritical)],
    })
    expect(judge(await leafOf(root, san(true), order), [])).toBe('ok')
    expect(judge(await leafOf(root, san(false), order), [])).toBe('certificate-form')
    expect(judge(await leafOf(root, { names: [] }, order), [])).toBe('certificate-form')
    const nameless = await ca(root, {}, order)
    expect(judge(nameless.der, [])).toBe('certificate-form')
  })
})

describe('constraints on names', () => {
  const acme = [['O', 'ACME']] as const
  test.for<readonly [string, x509.Extension, readonly Bytes[], string]>([
    ['a domain', nameConstraints([dns('example.org')]), [dns('example.org')], 'in'],
    ['below a domain', nameConstraints([dns('example.org')]), [dns('a.b.Example.ORG')], 'in'],
    ['beside a domain', nameConstraints([dns('example.org')]), [dns('badexample.org')], 'out'],
    ['one of two outside', nameConstraints([dns('a.org')]), [dns('a.org'), dns('b.org')], 'out'],
    ['either of two', nameConstraints([dns('a.org'), dns('b.org')]), [dns('b.org')], 'in'],
    ['another form', nameConstraints([dns('a.org')]), [email('a@b.org')], 'in'],
    ['an excluded domain', nameConstraints([], [dns('a.org')]), [dns('x.a.org')], 'out'],
    ['beside an excluded one', nameConstraints([], [dns('a.org')]), [dns('b.org')], 'in'],
    ['both', nameConstraints([dns('a.org')], [dns('x.a.org')]), [dns('x.a.org')], 'out'],
    ['a wildcard within', nameConstraints([dns('a.org')]), [dns('*.a.org')], 'in'],
    ['a wildcard partly within', nameConstraints([dns('x.a.org')]), [dns('*.a.org')], 'out'],
    ['a wildcard partly excluded', nameConstraints([], [dns('x.a.org')]), [dns('*.a.org')], 'out'],
    ['a wildcard wholly excluded', nameConstraints([], [dns('a.org')]), [dns('*.a.org')], 'out'],
    ['a wildcard beside', nameConstraints([], [dns('y.x.a.org')]), [dns('*.a.org')], 'in'],
    ['no proper name', nameConstraints([], [dns('a.org')]), [dns('b..org')], 'out'],
    ['every domain', nameConstraints([], [dns('')]), [dns('b.org')], 'out'],
    ['an address', nameConstraints([ip(10, 0, 0, 0, 255, 0, 0, 0)]), [ip(10, 1, 2, 3)], 'in'],
    ['another', nameConstraints([ip(10, 0, 0, 0, 255, 0, 0, 0)]), [ip(11, 1, 2, 3)], 'out'],
    [
      'an excluded one',
      nameConstraints([], [ip(10, 0, 0, 0, 255, 0, 0, 0)]),
      [ip(10, 1, 2, 3)],
      'out',
    ],
    ['of version 6', nameConstraints([ip(10, 0, 0, 0, 255, 0, 0, 0)]), [ip(...v6(1))], 'out'],
    ['of a network', nameConstraints([ip(...v6(1), ...half)]), [ip(...v6(9))], 'in'],
    ['a mailbox', nameConstraints([email('a@b.org')]), [email('a@B.ORG')], 'in'],
    ['another mailbox', nameConstraints([email('a@b.org')]), [email('A@b.org')], 'out'],
    ['a mail host', nameConstraints([email('b.org')]), [email('x@b.org')], 'in'],
    ['below a mail host', nameConstraints([email('b.org')]), [email('x@a.b.org')], 'out'],
    ['mail hosts below', nameConstraints([email('.b.org')]), [email('x@a.b.org')], 'in'],
    ['the mail host itself', nameConstraints([email('.b.org')]), [email('x@b.org')], 'out'],
    ['no proper mailbox', nameConstraints([], [email('b.org')]), [email('nobody')], 'out'],
    ['a URI', nameConstraints([uri('b.org')]), [uri('https://u@b.org:8/x')], 'in'],
    ['a URI below', nameConstraints([uri('b.org')]), [uri('https://a.b.org/')], 'out'],
    ['URIs below', nameConstraints([uri('.b.org')]), [uri('https://a.b.org/')], 'in'],
    ['a URI in disguise', nameConstraints([uri('b.org')]), [uri('https://b.org@c.org/')], 'out'],
    [
      'a URI with an address',
      nameConstraints([], [uri('b.org')]),
      [uri('https://10.0.0.1/')],
      'out',
    ],
    ['a URI without a host', nameConstraints([], [uri('b.org')]), [uri('urn:b.org')], 'out'],
    ['a directory name', nameConstraints([directory(...acme)]), [directory(['O', 'acme'])], 'out'],
    [
      'an excluded one below',
      nameConstraints([], [directory(...acme)]),
      [sub(['O', 'Acme'])],
      'out',
    ],
    ['an unknown form', nameConstraints([other]), [dns('a.org')], 'in'],
    ['an unknown form that occurs', nameConstraints([other]), [other], 'out'],
    ['an unknown form excluded', nameConstraints([], [other]), [other], 'out'],
  ])('%s', async ([, constraint, list, expected]) => {
    const verdict = await chain({ nc: [constraint] }, { names: [names(...list)] })
    expect(verdict).toBe(expected === 'in' ? 'ok' : 'name-outside-constraints')
  })

  test('the subject is a directory name, and its address an address', async () => {
    const inside = nameConstraints([directory(...named('').slice(0, 2))])
    expect(await chain({ nc: [inside] })).toBe('ok')
    const outside = nameConstraints([directory(['C', 'DE'])])
    expect(await chain({ nc: [outside] })).toBe('name-outside-constraints')
    const issuing = await ca(root, { nc: [nameConstraints([email('b.org')])] })
    const leaf = await leafOf(issuing, {}, { name: [['E', 'x@c.org']] })
    expect(judge(leaf, [issuing])).toBe('name-outside-constraints')
  })

  test('what an authority issued to itself on the way is free, the leaf never', async () => {
    const free = nameConstraints([directory(['C', 'DE'])])
    const first = await ca(root, { nc: [free] }, { name: named('x') })
    const again = await ca(first, {}, { name: named('x') })
    const own = await leafOf(again, {}, { name: [['C', 'DE']] })
    expect(judge(own, [first, again])).toBe('ok')
    const self = await leafOf(again, {}, { name: named('x') })
    expect(judge(self, [first, again])).toBe('name-outside-constraints')
  })
})

describe('policies', () => {
  const [a, b, c, any] = ['1.2.1', '1.2.2', '1.2.3', '2.5.29.32.0'] as const
  const explicit = { requireExplicit: true } as const
  test.for<readonly [string, x509.Extension[], x509.Extension[], PathQuestion['policies'], string]>(
    [
      ['none', [], [], undefined, 'ok'],
      ['none, but one is needed', [], [], explicit, 'policy'],
      ['none, and any would do', [], [], [any], 'ok'],
      ['none, and any would do that is listed', [], [], [a, any], 'ok'],
      ['one all the way', [policies(a)], [policies(a)], [a], 'ok'],
      ['one all the way, another wanted', [policies(a)], [policies(a)], [b], 'policy'],
      ['no longer in the leaf', [policies(a)], [], [a], 'policy'],
      ['another in the leaf', [policies(a)], [policies(b)], explicit, 'policy'],
      ['another, and nobody minds', [policies(a)], [policies(b)], undefined, 'ok'],
      ['any, then one', [policies(any)], [policies(a)], [a], 'ok'],
      ['one, then any', [policies(a)], [policies(any)], [a], 'ok'],
      ['one, then any, another wanted', [policies(a)], [policies(any)], [b], 'policy'],
      ['any and any', [policies(any)], [policies(any)], [a], 'ok'],
      ['any inhibited', [policies(a), inhibitAny(0)], [policies(any)], [a], 'policy'],
      ['any inhibited later', [policies(a), inhibitAny(1)], [policies(any)], [a], 'ok'],
      ['mapped', [policies(a), map([a, b])], [policies(b)], [a], 'ok'],
      ['mapped, the new name wanted', [policies(a), map([a, b])], [policies(b)], [b], 'policy'],
      ['mapped, the old name used', [policies(a), map([a, b])], [policies(a)], [a], 'policy'],
      ['mapped to two', [policies(a), map([a, b], [a, c])], [policies(c)], [a], 'ok'],
      ['mapped out of any', [policies(any), map([a, b])], [policies(b)], [a], 'ok'],
      ['mapped from any', [policies(a), map([any, b])], [policies(b)], undefined, 'policy'],
      ['mapped to any', [policies(a), map([a, any])], [policies(a)], undefined, 'policy'],
      [
        'mapping inhibited',
        [policies(a), map([a, b])],
        [policies(b)],
        { acceptable: [a], requireExplicit: true, inhibitMapping: true },
        'policy',
      ],
      [
        'any inhibited at once',
        [policies(any)],
        [policies(a)],
        { ...explicit, inhibitAny: true },
        'policy',
      ],
      ['demanded by the CA', [steer(0)], [], undefined, 'policy'],
      ['demanded by the CA later', [steer(2)], [], undefined, 'ok'],
      ['demanded by the leaf', [], [steer(0)], undefined, 'policy'],
      ['demanded by the leaf for others', [], [steer(1)], undefined, 'ok'],
    ],
  )('%s', async ([, middle, end, wanted, expected]) => {
    const change = wanted ? { policies: wanted } : {}
    expect(await chain({ middle }, { end }, change)).toBe(expected)
  })
})

describe('hosts', () => {
  test.for([
    ['www.example.org', dns('www.example.org'), 'ok'],
    ['WWW.example.ORG', dns('www.EXAMPLE.org'), 'ok'],
    ['www.example.org', dns('*.example.org'), 'ok'],
    ['example.org', dns('*.example.org'), 'wrong-host'],
    ['a.b.example.org', dns('*.example.org'), 'wrong-host'],
    ['www.example.org', dns('w*.example.org'), 'wrong-host'],
    ['www.example.org', dns('www.*.org'), 'wrong-host'],
    ['example.org', dns('*.org'), 'wrong-host'],
    ['org', dns('*'), 'wrong-host'],
    ['10.0.0.1', ip(10, 0, 0, 1), 'ok'],
    ['10.0.0.1', dns('10.0.0.1'), 'wrong-host'],
    ['10.0.0.2', ip(10, 0, 0, 1), 'wrong-host'],
    ['2001:db8::1', ip(...v6(1)), 'ok'],
    ['2001:db8::2', ip(...v6(1)), 'wrong-host'],
    ['leaf', email('leaf@leaf'), 'wrong-host'],
    ['wéb.example.org', dns('*.example.org'), 'wrong-host'],
    ['www.example.org.', dns('www.example.org'), 'ok'],
    ['www.example.org', dns('www.example.org.'), 'wrong-host'],
    ['www.example.org..', dns('www.example.org'), 'wrong-host'],
    ['a.co.uk', dns('*.co.uk'), 'wrong-host'],
    ['a.com.CN', dns('*.com.cn'), 'wrong-host'],
    ['a.b.com.cn', dns('*.b.com.cn'), 'ok'],
    ['a.co.example', dns('*.co.example'), 'ok'],
    ['', dns('www.example.org'), 'wrong-host'],
  ] as const)('%s', async ([dnsName, name, expected]) => {
    expect(await chain({}, { names: [names(name)] }, { dnsName })).toBe(expected)
  })
})

describe('finding a path', () => {
  test('past dead ends of the same name and key', async () => {
    const good = await ca(root)
    const same = { name: good.name, keys: good.keys }
    const dead = [
      await ca(root, {}, { ...same, until: new Date(at.getTime() - 1) }),
      await ca(root, { constraints: [] }, same),
      await ca(root, { eku: [purposes('1.3.6.1.5.5.7.3.2')] }, same),
      await ca(root, { nc: [nameConstraints([dns('example.com')])] }, same),
      await ca({ ...root, name: named('nobody') }, {}, same),
    ]
    const leaf = await leafOf(good)
    expect(judge(leaf, dead, { purpose: 'serverAuth' })).not.toBe('ok')
    const all = [...dead, good]
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(all, { minLength: all.length }), (some) => {
        expect(judge(leaf, [...some, ...some], { purpose: 'serverAuth' })).toBe('ok')
        return Promise.resolve()
      }),
      { numRuns: 10 },
    )
  })

  test('around a circle, over a bridge, to the anchor', async () => {
    const [x, y] = [
      { name: named('x'), keys: ecKeys() },
      { name: named('y'), keys: ecKeys() },
    ]
    const circle = [await ca({ ...root, ...x }, {}, y), await ca({ ...root, ...y }, {}, x)]
    const [xOfY = root] = circle.slice(1)
    const bridge = await ca(root, {}, y)
    const leaf = await leafOf({ ...xOfY, ...x })
    expect(judge(leaf, circle)).toBe('untrusted-root')
    expect(judge(leaf, [...circle, bridge])).toBe('ok')
  })

  test('three roots that signed one another, and one of them is trusted', async () => {
    const [a, b, c] = ['a', 'b', 'c'].map((name) => ({ name: named(name), keys: ecKeys() }))
    if (!a || !b || !c) throw new RangeError()
    const pairs = [
      [a, b],
      [a, c],
      [b, a],
      [b, c],
      [c, a],
      [c, b],
    ] as const
    const crossed = await Promise.all(
      pairs.map(([subject, issuer]) => ca({ ...root, ...issuer }, {}, subject)),
    )
    const anchor = await issueCa(a)
    const issuing = await ca({ ...root, ...a })
    const leaf = await leafOf(issuing)
    const trusted = { anchors: [anchor.der] }
    expect(judge(leaf, [issuing, ...crossed], trusted)).toBe('ok')
    expect(judge(leaf, [...crossed.toReversed(), issuing], trusted)).toBe('ok')
    expect(judge(leaf, [issuing, ...crossed])).toBe('untrusted-root')
  })

  test('no deeper than was asked, whoever issued to itself not counted', async () => {
    const first = await ca(root)
    const renewed = await ca(first, {}, { name: first.name })
    const second = await ca(renewed, {}, { name: named('second') })
    const leaf = await leafOf(second)
    const depth = async (maxDepth: number, ...between: readonly Party[]): Promise<string> =>
      judge(await leafOf(between.at(-1) ?? root), between, { maxDepth })
    expect(await depth(0)).toBe('ok')
    expect(await depth(0, first)).toBe('path-too-deep')
    expect(await depth(1, first)).toBe('ok')
    expect(await depth(1, first, renewed)).toBe('ok')
    expect(judge(leaf, [first, renewed, second], { maxDepth: 1 })).toBe('path-too-deep')
    expect(judge(leaf, [first, renewed, second], { maxDepth: 2 })).toBe('ok')
    expect(judge(leaf, [first, renewed, second], { maxDepth: 255 })).toBe('ok')
    for (const maxDepth of [-1, 0.5, NaN, '1' as never]) {
      expect(judge(leaf, [], { maxDepth })).toBe('question-malformed')
    }
  })

  test('a storm of keys of one name costs what the budget allows', async () => {
    const name = named('storm')
    const keys = Array.from({ length: 20 }, () => ecKeys())
    const [first = leafKeys] = keys
    const roles = { keyIds: keyIds(first.publicKey, first.publicKey) }
    const storm = await Promise.all(
      keys.flatMap((own, i) =>
        [1, 2].map((step) => {
          const issuer = { ...root, name, keys: keys[(i + step) % 20] ?? own }
          return ca(issuer, roles, { name, keys: own })
        }),
      ),
    )
    const anchor = await issueCa({ name, roles })
    const leaf = await leafOf({ ...root, name, keys: first }, roles)
    const ders = storm.map((party) => party.der)
    const question = { leaf, intermediates: ders, at, profile: 'rfc5280' } as const
    const free = createBudget()
    expect(judgePath({ ...question, anchors: [root.der] }, free).ok).toBe(false)
    expect(free.spent().signatures).toBe(0)
    const costly = createBudget()
    const verdict = judgePath({ ...question, anchors: [anchor.der] }, costly)
    expect(verdict).toMatchObject({ ok: false, code: 'too-many-signatures' })
    expect(costly.spent().signatures).toBe(budgetLimits.signatures)
  })
})

function v6(last: number): number[] {
  return [0x20, 0x01, 0x0d, 0xb8, ...Array.from({ length: 11 }, () => 0), last]
}

function sub(part: readonly [string, string]): Bytes {
  return directory(part, ['CN', 'below'])
}

function infoAccess(isCritical: boolean): x509.Extension {
  const value = sequence(sequence(oid('1.3.6.1.5.5.7.48.1'), uri('http://ocsp.example')))
  return plain('1.3.6.1.5.5.7.1.1', value, isCritical)
}
