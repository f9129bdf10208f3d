/**
 * What OpenSSL says of the forgeries that are exported, beside what RFC 5280 asks: it agrees with the
 * expected verdicts but for the cases in two tables, each for a reason. Of SM2 it can be asked about one
 * link at a time only, as it takes the signer's identity for the leaf alone: that is
 * `certs-dev/sm2.test.ts`. Long form only.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { exportCases } from '../../certs-dev/certforge/export.ts'
import type { ExportedCase } from '../../certs-dev/certforge/export.ts'

const isThere = spawnSync('openssl', ['version']).status === 0
const isAsked = process.env['FAULT_SIZE'] === 'long'
const skips = !isAsked || (!isThere && !process.env['ZT_REQUIRE_TOOLS'])
if (isAsked && skips) process.stderr.write('openssl is not installed: its opinion is not asked\n')

const lenient = 'reads what is not DER, or breaks a rule of the form, without a word'
const unbounded = 'has no limit of its own here'

/** Where OpenSSL accepts what RFC 5280, or our limits, refuse. */
const accepts: Readonly<Record<string, string>> = {
  '9b': 'compares GeneralizedTime before 2050 like any other time',
  '19b': 'asks for a key identifier of the issuer in version 3 only',
  '23b': lenient,
  '25': 'cannot be asked for a purpose it has no name for',
  '26': 'cannot be asked for a purpose it has no name for',
  '39b': 'compares such a name with nothing, as no host was asked for',
  '40': unbounded,
  '41b': lenient,
  '42': unbounded,
  '43': unbounded,
  '44': unbounded,
  '45a': 'leaves the serial number to the issuer',
  '45c': 'leaves the serial number to the issuer',
  '50': lenient,
  '51': 'reads a PEM block to the end of the certificate and no further',
  '53a': 'looks at keys when they verify, and nothing is verified with this one',
  '53b': 'looks at keys when they verify, and nothing is verified with this one',
  '54a': 'asks for a security level only when it is told which',
  '54b': unbounded,
  '57': unbounded,
}

/** Where it refuses what RFC 5280 accepts. */
const refuses: Readonly<Record<string, string>> = {
  '2': 'takes the last second of a certificate for the first one after it',
  '13': 'holds verifiers to what only issuers must keep, when it is told to be strict',
}

describe.skipIf(skips)('openssl verify', () => {
  let out: string
  let cases: readonly ExportedCase[]
  beforeAll(async () => {
    out = mkdtempSync(join(tmpdir(), 'zt-certforge-'))
    await exportCases('ec-rsa', out)
    cases = JSON.parse(readFileSync(join(out, 'cases.json'), 'utf8')) as ExportedCase[]
  })
  afterAll(() => {
    rmSync(out, { recursive: true })
  })

  test('OpenSSL agrees, but for what is explained', () => {
    const differing = { accepts: new Map<string, string>(), refuses: new Map<string, string>() }
    for (const one of cases) {
      const { isGood, said } = ask(join(out, one.id), one)
      if (isGood === (one.expected.rfc5280 === 'ok')) continue
      differing[isGood ? 'accepts' : 'refuses'].set(one.id, said)
    }
    expect([...differing.accepts.keys()].sort()).toEqual(Object.keys(accepts).sort())
    expect([...differing.refuses.keys()].sort()).toEqual(Object.keys(refuses).sort())
    expect(differing.refuses.get('2')).toContain('certificate has expired')
    expect(differing.refuses.get('13')).toContain('not marked critical')
  })
})

const lists = ['-crl_check_all', '-extended_crl', '-use_deltas', '-CRLfile', 'crls.pem']

function ask(
  cwd: string,
  { at, files, dnsName }: ExportedCase,
): { readonly isGood: boolean; readonly said: string } {
  const has = (file: string): boolean => files.includes(file)
  const { status, stderr, stdout } = spawnSync(
    'openssl',
    [
      ...['verify', '-x509_strict', '-attime', String(Math.floor(Date.parse(at) / 1000))],
      ...['-CAfile', 'anchors.pem'],
      ...(has('intermediates.pem') ? ['-untrusted', 'intermediates.pem'] : []),
      ...(has('crls.pem') ? lists : []),
      ...(dnsName === undefined ? [] : ['-verify_ip', dnsName]),
      'leaf.pem',
    ],
    { cwd, encoding: 'utf8' },
  )
  return { isGood: status === 0, said: `${stdout} ${stderr}`.replaceAll('\n', ' ') }
}
