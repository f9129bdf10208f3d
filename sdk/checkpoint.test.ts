import { generateKeyPairSync, sign } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { character } from '../test/character.ts'
import { openCheckpoint, readCheckpoint, signCheckpoint } from './checkpoint.ts'
import { isChangeBetween, signLogKeyChange } from './log-key.ts'
import { emptyRoot } from './merkle.ts'
import { cosign, noteKeyId, openNote } from './note.ts'
import type { NoteKey } from './note.ts'

import { Problem } from './problem.ts'

const { privateKey, publicKey } = generateKeyPairSync('ed25519')
const stranger = generateKeyPairSync('ed25519')
const origin = 'exchange.example/log/2026'
const root = Buffer.alloc(32, 7)
const log = { origin, keys: [publicKey] }
const note = signCheckpoint({ origin, size: 70_000, root }, privateKey)

function open(text: string, expected = log): string {
  try {
    return `size ${openCheckpoint(text, expected).size}`
  } catch (thrown) {
    return thrown instanceof Problem ? thrown.code : 'another error'
  }
}

/** A note signed correctly over whatever text is given: for what a signature does not excuse. */
function signedText(text: string, name = origin): string {
  const bytes = Buffer.concat([
    noteKeyId(name, publicKey),
    sign(null, Buffer.from(text), privateKey),
  ])
  return `${text}\n— ${name} ${bytes.toString('base64')}\n`
}

describe('a checkpoint', () => {
  test('is written as C2SP tlog-checkpoint and signed-note say', () => {
    const [first, second, third, blank, signature, end, ...more] = note.split('\n')
    expect([first, second, third, blank, end, more]).toEqual([
      origin,
      '70000',
      root.toString('base64'),
      '',
      '',
      [],
    ])
    expect(signature).toMatch(/^— exchange\.example\/log\/2026 [A-Za-z0-9+/]{91}=$/)
  })

  test.for([0, 1, 256, 2 ** 49 + 1, Number.MAX_SAFE_INTEGER])('of size %d is read back', (size) => {
    const head = openCheckpoint(signCheckpoint({ origin, size, root: emptyRoot }, privateKey), log)
    expect(head.size).toBe(size)
    expect(Buffer.from(head.root)).toEqual(emptyRoot)
  })

  test('is signed only for a head that can be', () => {
    for (const head of [
      { origin: 'two words', size: 1, root },
      { origin: 'one+two', size: 1, root },
      { origin: '', size: 1, root },
      { origin: 'line\nbreak', size: 1, root },
      { origin, size: -1, root },
      { origin, size: 1.5, root },
      { origin, size: 2 ** 53, root },
      { origin, size: Number.NaN, root },
      { origin, size: 1, root: root.subarray(1) },
      { origin, size: 0, root },
    ]) {
      expect(() => signCheckpoint(head, privateKey)).toThrow('invalid-checkpoint')
    }
    const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    expect(() => signCheckpoint({ origin, size: 1, root }, p256.privateKey)).toThrow(
      'unsupported-key',
    )
  })

  test('may carry the lines of witnesses', () => {
    const witness = `— witness.example/w1 ${Buffer.alloc(76, 1).toString('base64')}\n`
    expect(open(note + witness)).toBe('size 70000')
    const text = note.slice(0, note.indexOf('\n\n') + 2)
    expect(open(text + witness + note.slice(text.length))).toBe('size 70000')
    expect(open(text + witness)).toBe('invalid-checkpoint')
    expect(open(note + witness.repeat(99))).toBe('size 70000')
    expect(open(note + witness.repeat(100))).toBe('invalid-checkpoint')
  })
})

describe('a note is refused', () => {
  const line = note.slice(note.indexOf('—'))
  const wrong = signCheckpoint({ origin, size: 70_001, root }, privateKey).split('\n\n')[1] ?? ''
  const other = signCheckpoint({ origin, size: 70_000, root }, stranger.privateKey)
  const lineOfOther = other.slice(other.indexOf('—'))
  const textOfNothing = `${origin}\n0\n${root.toString('base64')}\n`
  test.for<[string, string]>([
    ['empty', ''],
    ['without its signature', note.slice(0, note.indexOf('—'))],
    ['without its last newline', note.slice(0, -1)],
    ['with something after the end', `${note}\n`],
    ['with text after the end', `${note}x\n`],
    ['with CRLF line ends', note.replaceAll('\n', '\r\n')],
    ['with another size', note.replace('70000', '70001')],
    ['with another root', note.replace(root.toString('base64'), emptyRootText())],
    ['with another origin', note.replaceAll('2026', '2027')],
    ['signed by somebody else', other],
    ['signed by us and again by us wrongly', note + wrong],
    ['with a hyphen for the dash', note.replace('—', '-')],
    ['with the signature of another key under our name only', note.replace(line, lineOfOther)],
    ['with unpadded base64', note.replace('=\n\n', '\n\n')],
    ['with a leading zero', signedText(`${origin}\n070000\n${root.toString('base64')}\n`)],
    ['with a sign', signedText(`${origin}\n+70000\n${root.toString('base64')}\n`)],
    [
      'with a size no number holds',
      signedText(`${origin}\n9007199254740993\n${emptyRootText()}\n`),
    ],
    ['with an empty extension line', signedText(`${origin}\n1\n${emptyRootText()}\n\nmore\n`)],
    ['with a short root', signedText(`${origin}\n1\n${root.subarray(1).toString('base64')}\n`)],
    ['of nothing, with the root of something', signedText(textOfNothing)],
    ['with loose bits in base64', signedText(`${origin}\n1\n${'A'.repeat(42)}B=\n`)],
    ['under another key name', signedText(note.slice(0, note.indexOf('\n\n') + 1), 'someone')],
    ['with lone surrogates', note.replace('70000', '70000\ud800')],
    ['with a very long tail', note + `— w ${'A'.repeat(1_048_576)}\n`],
  ])('%s', ([, text]) => {
    expect(open(text)).toBe('invalid-checkpoint')
  })

  test('when opened with another key or for another log', () => {
    expect(open(note, { origin, keys: [stranger.publicKey] })).toBe('invalid-checkpoint')
    expect(open(note, { origin: `${origin}x`, keys: [publicKey] })).toBe('invalid-checkpoint')
  })

  test('with any character changed, removed or added', () => {
    fc.assert(
      fc.property(fc.nat(note.length - 1), fc.string({ maxLength: 2 }), (place, text) => {
        const changed = note.slice(0, place) + text + note.slice(place + 1)
        fc.pre(changed !== note)
        expect(open(changed)).toBe('invalid-checkpoint')
      }),
      { numRuns: 500 },
    )
  })

  test('with nothing but a Problem, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300, unit: character }), (text) => {
        expect(open(text)).toBe('invalid-checkpoint')
      }),
    )
  })
})

test('extension lines are told and mean nothing', () => {
  const text = `${origin}\n1\n${emptyRootText()}\nmore\nand more\n`
  expect(open(signedText(text))).toBe('size 1')
  expect(readCheckpoint(text).extensions).toEqual(['more', 'and more'])
  expect(readCheckpoint(`Go.Sum Database\n1\n${emptyRootText()}\n`)).toMatchObject({
    ...{ origin: 'Go.Sum Database', size: 1, extensions: [] },
  })
})

describe('witnesses', () => {
  const at = new Date('2026-06-01T12:00:00Z')
  const made = [1, 2, 3].map((number) => {
    const pair = generateKeyPairSync('ed25519')
    const witness = { name: `witness.example/w${number}`, type: 'cosignature' } as const
    return {
      signer: { ...witness, key: pair.privateKey },
      known: { ...witness, key: pair.publicKey },
    }
  })
  const witnesses: NoteKey[] = made.map(({ known }) => known)
  const { text } = openNote(note, [{ name: origin, type: 'ed25519', key: publicKey }])
  const lines = made.map(({ signer }) => cosign(text, signer, at))
  const verdict = (given: string, quorum: number, known = witnesses): string => {
    try {
      return `size ${openCheckpoint(given, log, { witnesses: known, quorum, at }).size}`
    } catch (thrown) {
      return thrown instanceof Problem ? String(thrown.detail['rule']) : 'another error'
    }
  }

  test.for([
    ['none of one', 0, 1, 'witnesses'],
    ['one of one', 1, 1, 'size 70000'],
    ['one of two', 1, 2, 'witnesses'],
    ['two of two', 2, 2, 'size 70000'],
    ['three of two', 3, 2, 'size 70000'],
    ['three of four, when there are three', 3, 4, 'witnesses'],
    ['none of none, which is no policy', 0, 0, 'witnesses'],
    ['three of no number', 3, Number.NaN, 'witnesses'],
  ] as const)('%s', ([, count, quorum, expected]) => {
    expect(verdict(note + lines.slice(0, count).join(''), quorum)).toBe(expected)
  })

  test('count once, also when they sign twice or under two names', () => {
    const [first, second] = made
    if (!first || !second) throw new Error('there are three')
    expect(verdict(note + cosign(text, first.signer, at).repeat(2), 2)).toBe('witnesses')
    const alias = { ...first.known, name: 'alias.example' }
    const twice =
      cosign(text, first.signer, at) + cosign(text, { ...first.signer, name: alias.name }, at)
    expect(verdict(note + twice, 2, [first.known, alias])).toBe('witnesses')
    expect(verdict(note + twice, 1, [first.known, alias])).toBe('size 70000')
  })

  test('do not count from the future, for another head, or in place of the log', () => {
    const [first] = made
    if (!first) throw new Error('there are three')
    const later = (ms: number): string => cosign(text, first.signer, new Date(at.getTime() + ms))
    expect(verdict(note + later(60_000), 1)).toBe('size 70000')
    expect(verdict(note + later(61_000), 1)).toBe('witnesses')
    const other = cosign(text.replace('70000', '70001'), first.signer, at)
    expect(verdict(note + other, 1)).toBe('signature')
    expect(verdict(`${text}\n${lines.join('')}`, 1)).toBe('signature')
  })
})

function emptyRootText(): string {
  return Buffer.from(emptyRoot).toString('base64')
}

describe('a log that goes over to SM2', () => {
  const [old, next] = [
    generateKeyPairSync('ed25519'),
    generateKeyPairSync('ec', { namedCurve: 'SM2' }),
  ]
  const origin = 'exchange.test/log/2026'
  const head = { origin, size: 7, root: new Uint8Array(32).fill(7) }
  const [from, until] = [new Date('2026-06-01T00:00:00Z'), new Date('2026-06-02T00:00:00Z')]

  test('signs its heads with both keys meanwhile, and then with the new one', () => {
    const both = signCheckpoint(head, old.privateKey, next.privateKey)
    const keys = [old.publicKey, next.publicKey]
    expect(openCheckpoint(both, { origin, keys }).signedBy).toEqual(keys)
    const alone = signCheckpoint(head, next.privateKey)
    expect(openCheckpoint(alone, { origin, keys }).signedBy).toEqual([next.publicKey])
    expect(() => openCheckpoint(alone, { origin, keys: [old.publicKey] })).toThrow('signature')
    const other = generateKeyPairSync('ec', { namedCurve: 'SM2' }).publicKey
    expect(() => openCheckpoint(alone, { origin, keys: [other] })).toThrow('signature')
  })

  test('says so by both keys, and a statement with one of them says nothing', () => {
    const change = signLogKeyChange({
      oldKey: old.privateKey,
      newKey: next.privateKey,
      from,
      until,
    })
    const keys = [
      { key: old.publicKey, from: new Date('2026-01-01T00:00:00Z'), until },
      { key: next.publicKey, from },
    ] as const
    expect(isChangeBetween({ ...change }, ...keys)).toBe(true)
    const forged = { ...change, newSignature: change.oldSignature }
    expect(isChangeBetween(forged, ...keys)).toBe(false)
  })
})
