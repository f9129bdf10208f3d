/**
 * One real copy of one real licence: what stands on it, as another program reads it; what is attached;
 * and the forgeries of files that show a licence, by their numbers in `sdk/licence/forgery.test.ts`.
 */
import { deflateSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encode } from 'uqr'
import { faceDigest } from '../sdk/face.ts'
import type { FaceVerdict } from '../sdk/face.ts'
import { attachmentsIn } from '../sdk/face/attachment.ts'
import { signCopy, verifyCopy } from '../sdk/face/statement.ts'
import { readLicence } from '../sdk/licence/document.ts'
import { signOfflineCode, verifyOfflineCode } from '../sdk/offline-code.ts'
import { Problem } from '../sdk/problem.ts'
import { textOf } from '../test/render-face.ts'
import { fictitiousUscc } from '../test/companies.ts'
import { createTestVault } from '../test/vault.ts'
import type { TestVault } from '../test/vault.ts'
import { contentOf, words } from './face/content.ts'
import type { CopyRequest } from './face.ts'
import type { Draft } from './index.ts'

let world: TestVault
let licenceId: string
let pdf: Buffer
let expires: Date

const uscc = fictitiousUscc(1)
const draft: Draft = {
  ...{ type: 'businessLicence', issuer: 'meilanMarket', division: '460108', grade: 'A' },
  ...{ licenceNo: uscc, validFrom: '2020-01-02', validUntil: null },
  holders: [{ role: 'holder', codeType: '001', code: uscc }],
  items: {
    ...{ name: '海口虚构商贸有限公司', uscc, address: '海口市美兰区虚构路1号' },
    ...{
      establishedOn: '2020-01-02',
      scope: '日用百货；食品销售。'.repeat(20),
      legalRep: '王小𠮷',
    },
    phone: '0898-00000000',
  },
}

const day = 86_400_000

function asked(changes: Partial<CopyRequest> = {}): CopyRequest {
  return {
    ...{ licenceId, purpose: '办理食品经营许可', case: 'HK20261120-0007' },
    ...{ department: 'meilanMarket', officer: '0731' },
    expires: new Date(world.clock.now.getTime() + 30 * day),
    ...changes,
  }
}

beforeAll(async () => {
  world = await createTestVault()
  licenceId = (await world.vault.issue(draft)).licenceId
  expires = asked().expires
  pdf = Buffer.from((await world.vault.copyOf(asked({ key: 'copy-1' }))).pdf)
  await world.log.sequence()
})

afterAll(() => world.close())

const verify = (file: Uint8Array, at = world.clock.now): Promise<FaceVerdict> =>
  world.vault.verifyFace({ face: file, at })

/** The verdict and what did not pass, or what it was refused for. */
async function findings(file: Uint8Array, at?: Date): Promise<string> {
  try {
    const { verdict, checks } = await verify(file, at)
    const open = checks.filter(({ outcome }) => outcome !== 'pass')
    return [verdict, ...open.map(({ code, reason = '' }) => `${code} ${reason}`)].join('; ')
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown
    return `${thrown.code} ${String(thrown.detail['rule'])}`
  }
}

/** The file with other bytes in place of some; latin1 keeps every byte. */
function edited(from: string | RegExp, to: string): Buffer {
  const text = pdf.toString('latin1')
  expect(text.search(from)).toBeGreaterThan(-1)
  return Buffer.from(
    text.replace(from, () => to),
    'latin1',
  )
}

function attachments(file = pdf): { licence: string; statement: string } {
  const [licence = '', statement = ''] = attachmentsIn(file).map(({ content }) =>
    Buffer.from(content).toString('latin1').trimEnd(),
  )
  return { licence, statement }
}

test('a copy is valid, and says what it is for', async () => {
  const verdict = await verify(pdf)
  expect(verdict.checks.filter(({ outcome }) => outcome !== 'pass')).toEqual([])
  const copy = { licenceId, purpose: '办理食品经营许可', maker: 'meilanMarket/0731' }
  expect(verdict).toMatchObject({ verdict: 'valid', licence: { licenceId, items: {} }, copy })
  expect(verdict.checks.map(({ code }) => code).slice(-2)).toEqual(['copy-statement', 'face'])
})

/** What is left of a text when whatever the other says is taken from its front, piece by piece. */
function withoutPieces(text: string, other: string): string {
  for (let length = text.length; length >= 1; length -= 1) {
    const front = text.slice(0, length)
    if (other.includes(front)) return withoutPieces(text.slice(length), other)
  }
  return text
}

test('every value stands on the face, and nothing that is neither data, label nor word of the copy', () => {
  const { licence, statement } = attachments()
  const type = world.catalogue.licenceTypes.get('businessLicence')
  const copy = verifyCopy(statement, world.parts.trust().receiptKeys)
  if (!type || !copy.ok) throw new Error('a type and a statement')
  const { items } = readLicence(licence)
  const content = contentOf(readLicence(licence), {
    ...{ type, catalogue: world.catalogue, copy: copy.claims },
  })
  const bare = (text: string): string => text.replaceAll(/\s/g, '')
  const pages = textOf(pdf)
  expect(pages).toHaveLength(1)
  let text = bare(pages.join(''))
  for (const [name, value] of items) {
    const shown = (typeof value === 'string' ? value : JSON.stringify(value)).replace(
      /^(\d{4})-(\d\d)-(\d\d)$/,
      '$1年$2月$3日',
    )
    expect(text, name).toContain(bare(shown).replace('𠮷', '[U+20BB7]'))
  }
  expect(items.has('phone')).toBe(false)
  const entries = [...content.rows.flat(), ...content.annotations]
  entries.push(content.validity, content.issued)
  const said = [
    ...entries.flatMap(({ label, value }) => [label.zh, label.en, value]),
    ...[content.title, content.issuer, ...Object.values(words)].flatMap(({ zh, en }) => [zh, en]),
    ...[content.licenceId, content.watermark],
  ]
  const longestFirst = said
    .map((one) => bare(one).replace('𠮷', '[U+20BB7]'))
    .sort((a, b) => b.length - a.length)
  for (const one of longestFirst) text = text.replaceAll(one, '\n')
  // The edge of the paper cuts watermarks into pieces.
  const left = text.split('\n').map((piece) => withoutPieces(piece, bare(content.watermark)))
  expect(left.filter((piece) => piece !== '')).toEqual([])
})

describe('no bytes', () => {
  test.for([
    ['without a purpose', { purpose: '  ' }, 'invalid-copy purpose'],
    ['with a purpose of two lines', { purpose: 'a\nb' }, 'invalid-copy purpose'],
    ['without a case', { case: '' }, 'invalid-copy case'],
    ['without an officer', { officer: '' }, 'invalid-copy officer'],
    ['that are over already', { expires: new Date(0) }, 'invalid-copy expires'],
    ['for ever', { expires: new Date('2099-01-01') }, 'invalid-copy expires'],
    ['until no time', { expires: new Date(NaN) }, 'invalid-copy expires'],
    ['for another department', { department: 'haikouPolice' }, 'not-the-issuer undefined'],
    ['of an unknown licence', { licenceId: '1.2.3' }, 'unknown-licence undefined'],
  ] as const)('%s', async ([, change, expected]) => {
    const refusal: unknown = await world.vault
      .copyOf(asked(change))
      .catch((thrown: unknown) => thrown)
    if (!(refusal instanceof Problem)) throw new Error('bytes')
    expect(`${refusal.code} ${String(refusal.detail['rule'])}`).toBe(expected)
  })

  test('were made that the log does not know', async () => {
    const entries = await world.log.search({ kind: 'copy-made' }, { first: 10 })
    const bodies = entries.map(({ body }) => Buffer.from(body).toString())
    expect(bodies).toHaveLength(1)
    expect(bodies[0]).toContain(`"case":"HK20261120-0007"`)
    expect(bodies[0]).not.toContain('食品')
  })
})

describe('a forged face is not valid:', () => {
  const differs = 'invalid; face face-differs'
  const stream = (content: string, filter = ''): string =>
    `9 0 obj\n<< /Type /EmbeddedFile ${filter} /Length ${content.length} >>\nstream\n${content}\nendstream\nendobj\n`

  test('1 other pixels around the whole licence', async () => {
    const pixels = 'q 100 0 0 20 90 400 cm /Im0 Do Q'
    expect(await findings(Buffer.concat([pdf, Buffer.from(`\n9 0 obj\n${pixels}\n`)]))).toBe(
      differs,
    )
    const at = pdf.indexOf('/Contents')
    const one = Buffer.from(pdf)
    one[at + 1] = 0x63
    expect(await findings(one)).toBe(differs)
  })

  test('2 the licence of A in the face of B', async () => {
    const other = fictitiousUscc(2)
    const { licenceId: id } = await world.vault.issue({
      ...{
        ...draft,
        licenceNo: other,
        holders: [{ role: 'holder', codeType: '001', code: other }],
      },
      items: { ...draft.items, uscc: other },
    })
    await world.log.sequence()
    const stored = await world.vault.findById(id, world.clock.now)
    const document = stored?.document ?? ''
    const file = edited(
      /\/Length \d+\n>>\nstream\n[\w.~-]+~\nendstream/,
      `/Length ${document.length}\n>>\nstream\n${document}\nendstream`,
    )
    expect(await findings(file)).toBe(
      'invalid; copy-statement copy-of-other-licence; face face-differs',
    )
  })

  test('3 the statement, or its signature, removed', async () => {
    const { statement } = attachments()
    const gone = edited(statement, ' '.repeat(statement.length))
    expect(await findings(gone)).toBe('unknown; copy-statement no-copy-statement; face not-reached')
    const unsigned = statement.replace(/[\w-]+$/, (signature) => 'A'.repeat(signature.length))
    expect(await findings(edited(statement, unsigned))).toBe(
      'invalid; copy-statement signature-invalid; face not-reached',
    )
  })

  test('3 the licence removed', async () => {
    expect(await findings(edited('/Type /EmbeddedFile', '/Type /EmbeddedFilm'))).toBe(
      'invalid-face no-licence',
    )
  })

  test('3 the seal of the licence in it broken', async () => {
    const { licence } = attachments()
    const broken = licence.replace(
      /\.[\w-]{86}~/,
      (signature) => `.${'A'.repeat(signature.length - 2)}~`,
    )
    expect(await findings(edited(licence, broken))).toContain('invalid; seal signature-invalid')
  })

  test('4 saved again, the attachments compressed', async () => {
    const { licence, statement } = attachments()
    const [one, other] = [licence, statement].map((text) =>
      stream(deflateSync(Buffer.from(text)).toString('latin1'), '/Filter /FlateDecode'),
    )
    const file = Buffer.from(`%PDF-1.7\n${one ?? ''}${other ?? ''}%%EOF\n`, 'latin1')
    expect(await findings(file)).toBe(differs)
  })

  test('5 two licences in one file', async () => {
    const { licence } = attachments()
    const file = Buffer.concat([pdf, Buffer.from(stream(licence))])
    expect(await findings(file)).toBe('invalid-face several-licences')
  })

  test('5 two statements in one file', async () => {
    const { statement } = attachments()
    const file = Buffer.concat([pdf, Buffer.from(stream(statement))])
    expect(await findings(file)).toBe('invalid-face several-statements')
  })

  test('9 a copy that is over', async () => {
    const at = new Date(world.clock.now.getTime() + 30 * day)
    expect(await findings(pdf, at)).toBe('invalid; copy-statement copy-expired')
  })

  test('23 a hundred pages more', async () => {
    const pages = Array.from(
      { length: 100 },
      (_, i) => `${i + 100} 0 obj\n<< /Type /Page >>\nendobj\n`,
    )
    expect(await findings(Buffer.concat([pdf, Buffer.from(pages.join(''))]))).toBe(differs)
  })

  test('24 JavaScript', async () => {
    const action = '9 0 obj\n<< /S /JavaScript /JS (app.alert(1)) >>\nendobj\n'
    expect(await findings(Buffer.concat([pdf, Buffer.from(action)]))).toBe(differs)
  })

  test('25 a password', async () => {
    const file = '%PDF-1.7\ntrailer << /Encrypt << /Filter /Standard >> >>\n%%EOF\n'
    expect(await findings(Buffer.from(file))).toBe('invalid-face encrypted')
  })

  test.for([
    ['26 nothing', Buffer.alloc(0), 'not-a-pdf'],
    ['26 a PDF of nothing', Buffer.from('%PDF-1.7\n'), 'no-licence'],
    ['27 more noise than is read', Buffer.alloc(4_194_305, '%PDF-1.7 /EmbeddedFile'), 'length'],
    [
      '27 attachments without end',
      Buffer.alloc(4_194_304, '%PDF-1.7 /EmbeddedFile'),
      'attachments',
    ],
    [
      '27 a bomb',
      Buffer.from(
        `%PDF-1.7\n${stream(deflateSync(Buffer.alloc(1 << 24)).toString('latin1'), '/Filter /FlateDecode')}`,
        'latin1',
      ),
      'no-licence',
    ],
  ] as const)('%s', async ([, file, rule]) => {
    expect(await findings(file)).toBe(`invalid-face ${rule}`)
  })

  test('42 the statement of somebody else’s key', async () => {
    const { statement } = attachments()
    const copy = verifyCopy(statement, world.parts.trust().receiptKeys)
    const place = attachmentsIn(pdf).at(-1)
    if (!copy.ok || !place) throw new Error('a statement')
    const key = world.parts.statusSigner().key
    const { kid } = world.parts.faces.signer()
    const forged = signCopy({ ...copy.claims, face: faceDigest(pdf, place) }, { key, kid })
    const file = edited(statement, forged.padEnd(statement.length))
    expect(await findings(file)).toBe('invalid; copy-statement signature-invalid; face not-reached')
  })
})

describe('the code that is read without a network', () => {
  const claims = () => ({
    ...{ licenceId, state: 'valid', iat: 1_000, exp: 2_000, doc: 'd'.repeat(43) },
    items: { name: '海口虚构商贸有限公司'.repeat(3), uscc },
  })
  const sign = (changes = {}): string =>
    signOfflineCode({ ...claims(), ...changes }, world.parts.faces.signer())
  const judge = (text: string, seconds = 1_500): string => {
    const at = new Date(seconds * 1000)
    const { verdict, reason = '' } = verifyOfflineCode(text, { trust: world.parts.trust(), at })
    return `${verdict} ${reason}`
  }

  test('fits a symbol of version 20 with correction M, and says what is public', () => {
    const code = sign()
    expect(encode(code, { ecc: 'M', border: 0 }).version).toBeLessThanOrEqual(20)
    const trust = world.parts.trust()
    const verdict = verifyOfflineCode(code, { trust, at: new Date(1_500_000) })
    expect(verdict).toEqual({ verdict: 'valid', at: '1970-01-01T00:25:00.000Z', code: claims() })
  })

  test.for([
    [
      '6 an address of a host that looks like ours',
      'https://exchange.tеst/c/AAAA',
      'code-malformed',
    ],
    ['8 a symbol cut off', 0.9, 'signature-invalid'],
    ['8 a symbol cut off in its middle', 0.5, 'code-malformed'],
    ['nothing', 'ZT1:', 'code-malformed'],
    ['a character that is not in the alphabet', 'ZT1:a', 'code-malformed'],
    ['a number too large for its place', 'ZT1::::', 'code-malformed'],
  ] as const)('refuses %s', ([, given, reason]) => {
    const code = sign()
    const text =
      typeof given === 'string'
        ? given
        : code.slice(0, 3 * Math.floor((code.length * given) / 3) + 1)
    expect(judge(text)).toBe(`invalid ${reason}`)
  })

  test('says no of a revoked licence, and nothing when it is over or not yet', () => {
    expect(judge(sign({ state: 'revoked' }))).toBe('invalid revoked')
    expect(judge(sign(), 2_000)).toBe('unknown code-expired')
    expect(judge(sign(), 939)).toBe('invalid not-yet-valid')
    expect(judge(sign({ more: 1 }))).toBe('invalid claims-malformed')
  })

  test('is not made of what no symbol holds', () => {
    expect(() => sign({ items: { name: '海'.repeat(400) } })).toThrow('invalid-copy')
  })
})

describe('codes', () => {
  const officer = { department: 'haikouPolice', officer: '0110', key: 'request-0' }
  const showing = { department: 'meilanMarket', officer: '0731', minutes: 3 }

  test('the static one says the state and nothing else; any other is not found', async () => {
    const code = Buffer.from(world.parts.blind.faceCode(licenceId)).toString('base64url')
    const status = { type: 'businessLicence', issuer: 'meilanMarket', state: 'valid' }
    const names = {
      typeName: { zh: '营业执照', en: 'Business licence' },
      issuerName: world.catalogue.departments.get('meilanMarket')?.name,
    }
    expect(await world.vault.statusOfCode(code)).toEqual({ ...status, ...names })
    for (const wrong of ['', 'A'.repeat(22), `${code}A`, `${code.slice(0, -1)}B`]) {
      await expect(world.vault.statusOfCode(wrong)).rejects.toThrow('not-found')
    }
  })

  test('one that is shown is good for one scan, whoever else tries at the same time', async () => {
    const { code } = await world.vault.show({ licenceId, ...showing })
    const scans = Array.from({ length: 8 }, (_, n) =>
      world.vault.scan({ code, ...officer, key: `request-${n}` }),
    )
    const settled = await Promise.allSettled(scans)
    const seen = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    expect(seen).toEqual([
      { licenceId, type: 'businessLicence', issuer: 'meilanMarket', state: 'valid' },
    ])
    const refused = settled.flatMap((one) =>
      one.status === 'rejected' ? [one.reason as Problem] : [],
    )
    expect(refused.map(({ code: why, detail }) => [why, detail])).toEqual(
      Array(7).fill(['show-code-refused', {}]),
    )
    for (const kind of ['licence-shown', 'licence-scanned'] as const) {
      const entries = await world.log.search({ kind }, { first: 10 })
      expect(entries).toHaveLength(1)
      expect(Buffer.from(entries[0]?.body ?? []).toString()).not.toContain(code)
    }
  })

  test('one that is over, made up, or of a licence of others is refused', async () => {
    const { code, expiresAt } = await world.vault.show({ licenceId, ...showing, minutes: 1 })
    expect(expiresAt.getTime() - world.clock.now.getTime()).toBe(60_000)
    world.clock.now = expiresAt
    await expect(world.vault.scan({ code, ...officer })).rejects.toThrow('show-code-refused')
    const made = { code: 'A'.repeat(22), ...officer }
    await expect(world.vault.scan(made)).rejects.toThrow('show-code-refused')
    for (const minutes of [0.5, 6, NaN]) {
      await expect(world.vault.show({ licenceId, ...showing, minutes })).rejects.toThrow(
        'invalid-request',
      )
    }
    const stranger = { licenceId, ...showing, department: 'haikouPolice' }
    await expect(world.vault.show(stranger)).rejects.toThrow('not-the-issuer')
  })
})

test('a licence that has not begun is neither copied nor shown, until it has', async () => {
  const begins = new Date(world.clock.now.getTime() + 10 * day)
  const [number, validFrom] = [fictitiousUscc(77), begins.toISOString().slice(0, 10)]
  const { licenceId: next } = await world.vault.issue({
    ...{ ...draft, licenceNo: number, validFrom, items: { ...draft.items, uscc: number } },
    holders: [{ role: 'holder', codeType: '001', code: number }],
  })
  const showing = { licenceId: next, department: 'meilanMarket', officer: '0731', minutes: 5 }
  await expect(world.vault.show(showing)).rejects.toThrow('wrong-state')
  await expect(world.vault.copyOf(asked({ licenceId: next }))).rejects.toThrow('wrong-state')
  world.clock.now = begins
  expect((await world.vault.show(showing)).code).toHaveLength(22)
})

describe('whoever lost the answer', () => {
  /** What a copy says, but for the digest of its bytes, in which signatures are. */
  const saidIn = (file: Uint8Array): object => {
    const { statement } = attachments(Buffer.from(file))
    const copy = verifyCopy(statement, world.parts.trust().receiptKeys)
    if (!copy.ok) throw new Error(copy.code)
    return { ...copy.claims, face: '' }
  }

  test('gets the same copy again, signed anew, and no other for its request', async () => {
    world.clock.now = new Date(world.clock.now.getTime() + 60_000)
    const again = await world.vault.copyOf(asked({ key: 'copy-1', expires }))
    expect(saidIn(again.pdf)).toEqual(saidIn(pdf))
    expect(saidIn(pdf)).toMatchObject({ jti: again.copyId })
    expect(await world.vault.verifyFace({ face: again.pdf, at: world.clock.now })).toMatchObject({
      verdict: 'valid',
    })
    await expect(
      world.vault.copyOf(asked({ key: 'copy-1', expires, purpose: '其他' })),
    ).rejects.toThrow('request-id-reused')
    const another = await world.vault.copyOf(asked({ key: 'copy-2', expires }))
    expect(another.copyId).not.toBe(again.copyId)
  })

  test('is told the same code again, with the same end', async () => {
    const showing = { licenceId, department: 'meilanMarket', officer: '0731', minutes: 5 }
    const first = await world.vault.show({ ...showing, key: 'show-1' })
    world.clock.now = new Date(world.clock.now.getTime() + 60_000)
    expect(await world.vault.show({ ...showing, key: 'show-1' })).toEqual(first)
    await expect(world.vault.show({ ...showing, key: 'show-1', minutes: 4 })).rejects.toThrow(
      'request-id-reused',
    )
    const others = [{ ...showing, key: 'show-2' }, showing, showing]
    const codes = await Promise.all(others.map(async (one) => (await world.vault.show(one)).code))
    expect(new Set([first.code, ...codes]).size).toBe(4)
  })
})
