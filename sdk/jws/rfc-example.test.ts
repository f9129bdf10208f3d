/**
 * The examples by which the standards themselves say what verifies: RFC 7515 appendix A, RFC 7520 §4,
 * RFC 8037 appendix A. Those with shared secrets are answered with no, because a secret proves nothing
 * to a third party.
 */
import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../json.ts'
import { verifyJws } from '../jws.ts'

const joe = { kty: 'EC', crv: 'P-256' }
const bilbo = { kid: 'bilbo.baggins@hobbiton.example', use: 'sig' }
const modulus = [
  'n4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZdR8_KuKPEHLd4rHVTeT-O-XV2jRojdNhxJWTDvNd7nqQ0VEiZQHz_AJmSCpMa',
  'JMRBSFKrKb2wqVwGU_NsYOYL-QtiWN2lbzcEe6XC0dApr5ydQLrHqkHHig3RBordaZ6Aj-oBHqFEHYpPe7Tpe-OfVfHd1E6c',
  'S6M1FZcD1NNLYD5lFHpPI9bTwJlsde3uhGqC0ZCuEHg8lhzwOHrtIQbS0FVbb9k3-tVTU4fg_3L_vniUFAKwuCLqKnS2BYwd',
  'q_mzSnbLY7h_qixoR7jig3__kRhuaxwUkRz5iaiQkqgc5gHdrNP5zw',
].join('')
const rsa = { ...bilbo, kty: 'RSA', n: modulus, e: 'AQAB' }
const frodo = [
  'SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0',
  'aGUgcm9hZCwgYW5kIGlmIHlvdSBkb24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91',
  'IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4',
].join('')

interface Example {
  readonly key: JsonObject
  readonly header: string
  readonly payload: string
  readonly signature: readonly string[]
}

const examples: Readonly<Record<string, Example>> = {
  'RFC 7515 A.3, ES256': {
    key: {
      ...joe,
      x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
      y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
    },
    header: 'eyJhbGciOiJFUzI1NiJ9',
    payload:
      'eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ',
    signature: [
      'DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q',
    ],
  },
  'RFC 7520 §4.1, RS256': {
    key: rsa,
    header: 'eyJhbGciOiJSUzI1NiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9',
    payload: frodo,
    signature: [
      'MRjdkly7_-oTPTS3AXP41iQIGKa80A0ZmTuV5MEaHoxnW2e5CZ5NlKtainoFmKZopdHM1O2U4mwzJdQx996ivp83xuglII7P',
      'NDi84wnB-BDkoBwA78185hX-Es4JIwmDLJK3lfWRa-XtL0RnltuYv746iYTh_qHRD68BNt1uSNCrUCTJDt5aAE6x8wW1Kt9e',
      'Ro4QPocSadnHXFxnt8Is9UzpERV0ePPQdLuW3IS_de3xyIrDaLGdjluPxUAhb6L2aXic1U12podGU0KLUQSE_oI-ZnmKJ3F4',
      'uOZDnd6QZWJushZ41Axf_fcIe8u9ipH84ogoree7vjbU5y18kDquDg',
    ],
  },
  'RFC 7520 §4.2, PS384': {
    key: rsa,
    header: 'eyJhbGciOiJQUzM4NCIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9',
    payload: frodo,
    signature: [
      'cu22eBqkYDKgIlTpzDXGvaFfz6WGoz7fUDcfT0kkOy42miAh2qyBzk1xEsnk2IpN6-tPid6VrklHkqsGqDqHCdP6O8TTB5dD',
      'DItllVo6_1OLPpcbUrhiUSMxbbXUvdvWXzg-UD8biiReQFlfz28zGWVsdiNAUf8ZnyPEgVFn442ZdNqiVJRmBqrYRXe8P_ij',
      'Q7p8Vdz0TTrxUeT3lm8d9shnr2lfJT8ImUjvAA2Xez2Mlp8cBE5awDzT0qI0n6uiP1aCN_2_jLAeQTlqRHtfa64QQSUmFAAj',
      'VKPbByi7xho0uTOcbH510a6GYmJUAfmWjwZ6oD4ifKo8DYM-X72Eaw',
    ],
  },
  'RFC 7520 §4.3, ES512': {
    key: {
      ...{ ...bilbo, kty: 'EC', crv: 'P-521' },
      x: 'AHKZLLOsCOzz5cY97ewNUajB957y-C-U88c3v13nmGZx6sYl_oJXu9A5RkTKqjqvjyekWF-7ytDyRXYgCF5cj0Kt',
      y: 'AdymlHvOiLxXkEhayXQnNCvDX4h9htZaCJN34kfmC6pV5OhQHiraVySsUdaQkAgDPrwQrJmbnX9cwlGfP-HqHZR1',
    },
    header: 'eyJhbGciOiJFUzUxMiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9',
    payload: frodo,
    signature: [
      'AE_R_YZCChjn4791jSQCrdPZCNYqHXCTZH0-JZGYNlaAjP2kqaluUIIUnC9qvbu9Plon7KRTzoNEuT4Va2cmL1eJAQy3mtPB',
      'u_u_sDDyYjnAMDxXPn7XrT0lw-kvAD890jl8e2puQens_IEKBpHABlsbEPX6sFY8OcGDqoRuBomu9xQ2',
    ],
  },
  'RFC 8037 A.4, EdDSA': {
    key: { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' },
    header: 'eyJhbGciOiJFZERTQSJ9',
    payload: 'RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc',
    signature: [
      'hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg',
    ],
  },
}

const tokenOf = ({ header, payload, signature }: Example): string =>
  [header, payload, signature.join('')].join('.')

describe('an example of the standards', () => {
  test.for(Object.entries(examples))(
    '%s verifies with its key, alone or in a set',
    ([, example]) => {
      const payload = Buffer.from(example.payload, 'base64url')
      for (const keys of [example.key, [example.key], { keys: [example.key] }]) {
        const verdict = verifyJws(tokenOf(example), keys)
        expect(verdict.ok && Buffer.from(verdict.payload).equals(payload)).toBe(true)
      }
    },
  )

  test.for(Object.entries(examples))('%s verifies with no other key', ([name, example]) => {
    for (const [other, { key }] of Object.entries(examples)) {
      const isItsKey = other === name || (key === rsa && example.key === rsa)
      expect(verifyJws(tokenOf(example), key).ok).toBe(isItsKey)
    }
  })

  test('RFC 7520 §4.4 is by a shared secret, and proves nothing', () => {
    const secret = { kty: 'oct', kid: '018c0ae5-4d9b-471b-bfd6-eef314bc7037', use: 'sig' }
    const k = 'hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg'
    const header =
      'eyJhbGciOiJIUzI1NiIsImtpZCI6IjAxOGMwYWU1LTRkOWItNDcxYi1iZmQ2LWVlZjMxNGJjNzAzNyJ9'
    const token = `${header}.${frodo}.s0h6KThzkfBBBkLspW1h84VsJZFTsPPqMDA7g1Md7p0`
    const key = { ...secret, alg: 'HS256', k }
    expect(verifyJws(token, key)).toEqual({ ok: false, code: 'key-not-usable' })
  })

  test('RFC 7515 A.5 is by nobody', () => {
    const payload = examples['RFC 7515 A.3, ES256']?.payload ?? ''
    const key = examples['RFC 7515 A.3, ES256']?.key ?? {}
    const token = `eyJhbGciOiJub25lIn0.${payload}.`
    expect(verifyJws(token, key)).toEqual({ ok: false, code: 'token-malformed' })
  })
})
