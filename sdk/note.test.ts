import { spawnSync } from 'node:child_process'
import { createHash, generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sequence, unsigned } from '../certs-dev/der-writer.ts'
import { Problem } from './problem.ts'
import { cosign, noteKeyId, openNote, readVerifierKey, signNote, writeVerifierKey } from './note.ts'
import type { NoteKey } from './note.ts'

// The example of Go's signed notes, as an outside witness of the format.
const goKey = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'
const goNote =
  'If you think cryptography is the answer to your problem,\n' +
  "then you don't know what your problem is.\n\n" +
  '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n'
const neumann = readVerifierKey(goKey)

const pair = generateKeyPairSync('ed25519')
const signer: NoteKey = { name: 'log.example/a', type: 'ed25519', key: pair.privateKey }
const known: NoteKey = { ...signer, key: pair.publicKey }
const note = signNote('first\n\nsecond\n', signer)

function opened(given: string | Uint8Array, keys: readonly NoteKey[] = [known]): string {
  try {
    return openNote(given, keys).text
  } catch (thrown) {
    return thrown instanceof Problem ? `${thrown.code} ${String(thrown.detail['rule'])}` : 'error'
  }
}

describe('a note', () => {
  test('of Go is opened, as text and as bytes', () => {
    const text = goNote.slice(0, goNote.indexOf('\n\n') + 1)
    expect(opened(goNote, [neumann])).toBe(text)
    expect(opened(Buffer.from(goNote), [neumann])).toBe(text)
    expect(opened(goNote)).toBe('invalid-note signature')
  })

  test('may have empty lines; the last one ends its text', () => {
    expect(opened(note)).toBe('first\n\nsecond\n')
  })

  test('may be signed by strangers too, under our name or our id', () => {
    const other = generateKeyPairSync('ed25519').privateKey
    const lines =
      signNote('first\n\nsecond\n', { ...signer, key: other })
        .split('\n\n')
        .at(-1) ?? ''
    const renamed = note.split('\n\n').at(-1)?.replace('log.example/a', 'x') ?? ''
    expect(opened(note + lines + renamed)).toBe('first\n\nsecond\n')
  })

  test('is not opened by two keys of one name and id, and by one of another', () => {
    expect(opened(goNote, [neumann, known])).toMatch(/^If you think/)
    expect(opened(goNote, [neumann, known, neumann])).toBe('invalid-note key-ambiguous')
    expect(opened(goNote, [known, neumann, known])).toMatch(/^If you think/)
  })

  test.for<readonly [string, string | Uint8Array, string]>([
    ['without signatures', 'first\n', 'text'],
    ['without lines', 'first\n\n', 'signature-line'],
    ['without its last newline', note.slice(0, -1), 'signature-line'],
    ['with a carriage return', note.replace('first', 'first\r'), 'control-character'],
    ['with a tab', note.replace('first', 'fi\tst'), 'control-character'],
    ['with a NUL', note.replace('first', 'first\0'), 'control-character'],
    ['with a hyphen for the dash', note.replace('—', '-'), 'signature-line'],
    ['with two spaces', note.replace('— ', '—  '), 'signature-line'],
    ['with a plus in a name', `${note}— a+b AAAAAAAA\n`, 'signature-line'],
    ['with a wide space in a name', `${note}— a\u3000b AAAAAAAA\n`, 'signature-line'],
    ['with a line of an id only', `${note}— w AAAAAA==\n`, 'signature-line'],
    ['with loose bits in base64', `${note}— w AAAAAAB=\n`, 'base64'],
    ['with unpadded base64', `${note}— w AAAAAAA\n`, 'base64'],
    ['with a text that is changed', note.replace('first', 'First'), 'signature'],
    ['with lone surrogates', note.replace('first', '\ud800'), 'text'],
    ['with bytes that are no UTF-8', Buffer.from([0xff, 0x0a, 0x0a]), 'utf-8'],
    ['of a mebibyte and more', `${'a'.repeat(1_048_576)}${note}`, 'length'],
    ['of a mebibyte of wide letters', `${'证'.repeat(400_000)}${note}`, 'text'],
  ])('%s is refused', ([, given, rule]) => {
    expect(opened(given)).toMatch(new RegExp(`^invalid-(note|encoding) ${rule}$`))
  })

  test('is refused with any character changed', () => {
    fc.assert(
      fc.property(fc.nat(note.length - 1), fc.string({ maxLength: 2 }), (place, put) => {
        const changed = note.slice(0, place) + put + note.slice(place + 1)
        fc.pre(changed !== note)
        expect(opened(changed)).toMatch(/^invalid-note/)
      }),
      { numRuns: 200 },
    )
  })
})

describe('a cosignature', () => {
  const witness: NoteKey = { ...signer, name: 'w.example', type: 'cosignature' }
  const knownWitness: NoteKey = { ...witness, key: pair.publicKey }
  const at = new Date('2026-06-01T12:00:00Z')

  test('tells when it was made, and is none of the log by the same key', () => {
    const signed = note + cosign('first\n\nsecond\n', witness, at)
    expect(openNote(signed, [knownWitness]).signatures).toEqual([{ by: knownWitness, at }])
    expect(opened(signed, [{ ...known, name: 'w.example' }])).toBe('invalid-note signature')
    expect(noteKeyId('a', pair.publicKey)).not.toEqual(
      noteKeyId('a', pair.publicKey, 'cosignature'),
    )
  })

  test('of another text or another time is refused', () => {
    const line = cosign('first\n', witness, at)
    expect(opened(note + line, [knownWitness])).toBe('invalid-note signature')
    const right = cosign('first\n\nsecond\n', witness, at)
    const [, name = '', encoded = ''] = right.trim().split(' ')
    const bytes = Buffer.from(encoded, 'base64')
    bytes[11] = (bytes[11] ?? 0) ^ 1
    const changed = `— ${name} ${bytes.toString('base64')}\n`
    expect(opened(note + right, [knownWitness])).toBe('first\n\nsecond\n')
    expect(opened(note + changed, [knownWitness])).toBe('invalid-note signature')
    bytes[4] = 0x80
    const beyond = `— ${name} ${bytes.toString('base64')}\n`
    expect(opened(note + beyond, [knownWitness])).toBe('invalid-note time')
  })
})

describe('a verifier key', () => {
  test('is read and written as other tools do', () => {
    expect(writeVerifierKey(neumann)).toBe(goKey)
    for (const type of ['ed25519', 'cosignature'] as const) {
      const text = writeVerifierKey({ ...known, type })
      expect(readVerifierKey(text)).toMatchObject({ name: known.name, type })
      expect(writeVerifierKey(readVerifierKey(text))).toBe(text)
    }
  })

  test.for([
    ['', 'empty'],
    ['PeterNeumann', 'a name only'],
    [goKey.replace('c74f20a3', 'c74f20a4'), 'another id'],
    [goKey.replace('c74f20a3', 'C74F20A3'), 'an id in capitals'],
    [goKey.replace('PeterNeumann', 'Peter'), 'another name'],
    [goKey.replace('PeterNeumann', 'Peter Neumann'), 'a space'],
    [goKey.replace('PeterNeumann', ''), 'no name'],
    [goKey.replace('+AR', '+Ag'), 'another type'],
    [goKey.slice(0, -4), 'a short key'],
    [`${goKey}=`, 'padding too much'],
    [`${goKey}\n`, 'a newline behind it'],
  ] as const)('%j is none: %s', ([text]) => {
    expect(() => readVerifierKey(text)).toThrow('invalid-note')
  })
})

describe('SM2 with SM3', () => {
  const sm2 = generateKeyPairSync('ec', { namedCurve: 'SM2' })
  const signing: NoteKey = { name: 'log.example/sm2', type: 'sm2', key: sm2.privateKey }
  const reading: NoteKey = { ...signing, key: sm2.publicKey }
  const signed = signNote('first\n', signing)

  test('signs a note, alone and beside Ed25519', () => {
    expect(opened(signed, [reading])).toBe('first\n')
    const both = openNote(signNote('first\n', signer, signing), [known, reading])
    expect(both.signatures.map(({ by }) => by)).toEqual([known, reading])
    expect(opened(signed)).toBe('invalid-note signature')
  })

  test('has a key of type 0xff and its name, whose id is of all of that', () => {
    const point = Buffer.from(sm2.publicKey.export({ format: 'der', type: 'spki' })).subarray(-65)
    const typed = Buffer.concat([Buffer.of(0xff), Buffer.from('sm2-with-sm3'), point])
    const id = createHash('sha256').update('log.example/sm2\n').update(typed).digest('hex')
    const text = `log.example/sm2+${id.slice(0, 8)}+${typed.toString('base64')}`
    expect(writeVerifierKey(reading)).toBe(text)
    expect(writeVerifierKey(signing)).toBe(text)
    const read = readVerifierKey(text)
    expect(read.type).toBe('sm2')
    expect(opened(signed, [read])).toBe('first\n')
  })

  test('is verified by OpenSSL with the standard identity', ({ skip }) => {
    if (spawnSync('openssl', ['version']).status !== 0) {
      if (process.env['ZT_REQUIRE_TOOLS'] === '1') throw new Error('openssl is required')
      skip('openssl is not installed')
    }
    const folder = mkdtempSync(join(tmpdir(), 'zhengtong-note-'))
    const encoded = signed.trimEnd().split(' ').at(-1) ?? ''
    const bytes = Buffer.from(encoded, 'base64').subarray(4)
    const files = {
      key: sm2.publicKey.export({ format: 'pem', type: 'spki' }),
      text: 'first\n',
      signature: sequence(unsigned(bytes.subarray(0, 32)), unsigned(bytes.subarray(32))),
    }
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
    const asked = ['-verify', '-pubin', '-inkey', 'key', '-rawin', '-digest', 'sm3']
    const given = ['-in', 'text', '-sigfile', 'signature', '-pkeyopt', 'distid:1234567812345678']
    const { stdout } = spawnSync('openssl', ['pkeyutl', ...asked, ...given], { cwd: folder })
    rmSync(folder, { recursive: true })
    expect(stdout.toString()).toContain('Signature Verified Successfully')
  })

  test('is refused for another text, and its key is no key of Ed25519', () => {
    expect(opened(signed.replace('first', 'other'), [reading])).toBe('invalid-note signature')
    expect(opened(signed, [{ ...reading, type: 'ed25519' }])).toBe('unsupported-key undefined')
  })

  test('every changed byte of the signature is refused', () => {
    const [head = '', encoded = ''] = signed.trimEnd().split(/ (?=[^ ]+$)/)
    const bytes = Buffer.from(encoded, 'base64')
    const accepted = [...bytes.keys()].filter((i) => {
      const changed = Buffer.from(bytes)
      changed[i] = (changed[i] ?? 0) ^ 1
      return !opened(`${head} ${changed.toString('base64')}\n`, [reading]).startsWith('invalid')
    })
    expect(accepted).toEqual([])
  })

  test.for<readonly [string, (typed: Buffer) => Buffer]>([
    ['another name of the algorithm', (typed) => Buffer.from(typed).fill('x', 1, 4)],
    ['a point that is cut', (typed) => typed.subarray(0, -1)],
    ['a point beside the curve', (typed) => Buffer.concat([typed.subarray(0, -1), Buffer.of(0)])],
    ['no point', (typed) => typed.subarray(0, 13)],
  ])('a verifier key with %s is refused', ([, change]) => {
    const { name } = reading
    const [, typed = ''] = /^[^+]+\+[^+]+\+(.*)$/.exec(writeVerifierKey(reading)) ?? []
    const changed = change(Buffer.from(typed, 'base64'))
    const id = createHash('sha256').update(`${name}\n`).update(changed).digest('hex').slice(0, 8)
    const key = `${name}+${id}+${changed.toString('base64')}`
    expect(() => readVerifierKey(key)).toThrow(/invalid-note.*rule key/)
  })

  test('no witness cosigns with it', () => {
    const witness: NoteKey = { ...signing, type: 'cosignature' }
    expect(() => cosign('first\n', witness, new Date(0))).toThrow('unsupported-key')
  })
})
