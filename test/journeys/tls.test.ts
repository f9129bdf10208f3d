/** TLS at our own door, over real connections: who gets through, as whom, and what is renewed. */
import { createPrivateKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect as connectPlain } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { connect } from 'node:tls'
import type { ConnectionOptions, TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { departmentName, keyIds, purposes, signingUsage } from '../../certs-dev/extension.ts'
import { makeCertificate } from '../../certs-dev/make.ts'
import { serve } from '../../exchange/main.ts'
import type { Serving } from '../../exchange/main.ts'
import { parseCertificate } from '../../sdk/certificate.ts'
import { isJsonObject, parseJsonObject } from '../../sdk/json.ts'
import { readPem } from '../../sdk/pem.ts'
import { purposeOid, tlsPurposeOid } from '../../sdk/certificate/purpose-oid.ts'
import { ecKeys } from '../../certs-dev/certforge/forge.ts'
import { askSecurely, createAuthority, pairOf } from '../tls.ts'
import type { Authority, Pair, SecureReply } from '../tls.ts'
import { sharedKeys } from '../keys.ts'
import { createTestWorld } from '../world.ts'
import type { Forged, TestWorld } from '../world.ts'

let folder: string
let authority: Authority
let world: TestWorld
let serving: Serving
let minute: () => Promise<unknown>

const file = (name: string): string => join(folder, name)
const install = async ({ certificate, key }: Pair): Promise<void> => {
  await writeFile(file('server.pem'), certificate)
  await writeFile(file('server.key'), key)
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zhengtong-tls-'))
  authority = await createAuthority()
  world = await createTestWorld()
  await install(await authority.server())
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  serving = await serve(world.world.exchange, {
    ...{ host: '127.0.0.1', port: 0, metricsPort: 0 },
    tls: {
      ...{ certificate: file('server.pem'), key: file('server.key') },
      clientAnchors: join(sharedKeys, 'ca/root.chain.pem'),
    },
  })
  minute = () => vi.advanceTimersByTimeAsync(60_000)
})

afterAll(async () => {
  vi.useRealTimers()
  await serving.close()
  await world.close()
  await rm(folder, { recursive: true })
})

async function pairIn(path: string): Promise<Pair> {
  const read = (end: string) => readFile(join(sharedKeys, `${path}.${end}.pem`), 'utf8')
  return { certificate: await read('chain'), key: await read('key') }
}

interface ForgedClient {
  readonly from: string
  readonly until: string
  readonly names: string
  readonly purpose: string
  readonly signedBy: KeyObject
}

/** A client certificate under the CA of Meilan's market supervision, good but for what is said. */
async function forge(wrong: Partial<ForgedClient> = {}): Promise<Pair> {
  const authority = await pairIn('ca/meilanMarket')
  const [issuer = new Uint8Array(), ...above] = readPem(authority.certificate, 'CERTIFICATE')
  const { subject, publicKey } = parseCertificate(issuer)
  const name = [...subject.text.matchAll(/(\w+)=([^,]+)/g)].map(
    ([, type = '', value = '']) => [type, value] as const,
  )
  const given: ForgedClient = {
    ...{ from: '2026-11-01T00:00:00Z', until: '2027-11-01T00:00:00Z', names: 'meilanMarket' },
    ...{ purpose: tlsPurposeOid.client, signedBy: createPrivateKey(authority.key), ...wrong },
  }
  const keys = ecKeys()
  const der = await makeCertificate({
    subject: [...name.filter(([type]) => type !== 'CN'), ['CN', 'client']],
    publicKey: keys.publicKey,
    issuer: { name, key: given.signedBy },
    ...{ from: new Date(given.from), until: new Date(given.until) },
    extensions: [
      ...[...keyIds(keys.publicKey, publicKey), signingUsage()],
      ...[purposes(given.purpose), departmentName(given.names)],
    ],
  })
  return pairOf([der, issuer, ...above], keys)
}

function withoutAuthorities({ certificate, key }: Pair): Pair {
  const [leaf = new Uint8Array()] = readPem(certificate, 'CERTIFICATE')
  return pairOf([leaf], { privateKey: createPrivateKey(key) })
}

async function ask(client: Pair | undefined, forged: Forged = {}): Promise<SecureReply> {
  const body = JSON.stringify({ query: '{ grants { resource } }' })
  const headers = {
    authorization: `Bearer ${forged.token ?? (await world.token({ body, ...forged }))}`,
    ...{ 'content-type': 'application/json', accept: 'application/graphql-response+json' },
  }
  return askSecurely(`${serving.url}/graphql`, {
    ...{ method: 'POST', headers, body, ca: authority.pem },
    ...(client && { cert: client.certificate, key: client.key }),
  })
}

const codeIn = (reply: SecureReply): unknown => parseJsonObject(reply.text)['code']

test('a department with its own certificate and its own key is answered', async () => {
  const reply = await ask(await pairIn('meilanMarket/tls'))
  expect(reply.text).toContain('"receipt"')
  expect((await ask(await forge())).status).toBe(200)
})

const strangers: Readonly<Record<string, readonly [string, () => Promise<Pair | undefined>]>> = {
  'no certificate': ['no-client-certificate', () => Promise.resolve(undefined)],
  'one it signed itself': ['wrong-purpose', () => authority.server()],
  'one that has expired': ['certificate-expired', () => forge({ until: '2026-11-10T00:00:00Z' })],
  'one of tomorrow': ['certificate-not-yet-valid', () => forge({ from: '2026-11-22T00:00:00Z' })],
  'a seal': ['wrong-purpose', () => pairIn('haikouMarket/seal')],
  'a request key': ['wrong-purpose', () => forge({ purpose: purposeOid.requestSigning })],
  'the certificate of a server': ['wrong-purpose', () => pairIn('tls')],
  'one that names another department than its CA': [
    ...(['name-outside-constraints', () => forge({ names: 'haikouPolice' })] as const),
  ],
  'a forged signature': [
    ...(['signature-invalid', () => forge({ signedBy: ecKeys().privateKey })] as const),
  ],
  'one without its CAs': ['untrusted-root', async () => withoutAuthorities(await forge())],
}

describe('a client that shows', () => {
  test.for(Object.entries(strangers))('%s is refused', async ([, [reason, pair]]) => {
    const client = await pair()
    const before = await world.newestEntry()
    const reply = await ask(client)
    expect([reply.status, codeIn(reply)]).toEqual([401, 'client-certificate-refused'])
    expect(reply.text).not.toContain(reason)
    expect(await world.entriesAfter(before)).toEqual([])
    expect(world.lines.join('\n')).toContain(`"reason":"${reason}"`)
  })

  test('another department’s certificate is refused, and that is in the log', async () => {
    const police = await pairIn('haikouPolice/tls')
    const before = await world.newestEntry()
    const body = JSON.stringify({ query: '{ grants { resource } }' })
    const token = await world.token({ body })
    const reply = await ask(police, { token })
    expect([reply.status, codeIn(reply)]).toEqual([403, 'certificate-of-other-department'])
    const entries = await world.entriesAfter(before)
    expect(entries.map((entry) => entry.body)).toMatchObject([
      {
        ...{ kind: 'refusal', decision: 'refused', department: 'meilanMarket' },
        items: [{ code: 'certificate-of-other-department' }],
      },
    ])
    const again = await ask(await pairIn('meilanMarket/tls'), { token })
    expect([again.status, again.text.includes('not-authenticated')]).toEqual([401, true])
    const vault = '/vault/licences/1/acts'
    const act = await askSecurely(serving.url + vault, {
      ...{ method: 'POST', body: '{}', ca: authority.pem },
      ...{ cert: police.certificate, key: police.key },
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${await world.token({ body: '{}', path: vault })}`,
      },
    })
    expect(codeIn(act)).toBe('certificate-of-other-department')
  })
})

test.for(['/livez', '/readyz', '/status-lists/0', '/log/checkpoint', '/.well-known/jwks.json'])(
  '%s is for everybody',
  async (path) => {
    const reply = await askSecurely(serving.url + path, { ca: authority.pem })
    expect(reply.status).toBe(200)
    expect(reply.headers['strict-transport-security']).toBe('max-age=31536000')
  },
)

test('plain HTTP does not promise TLS', async () => {
  const reply = await fetch(`${world.world.serving.url}/livez`)
  expect(reply.headers.get('strict-transport-security')).toBeNull()
})

const address = () => ({ host: '127.0.0.1', port: Number(new URL(serving.url).port) })

function shake(options: ConnectionOptions = {}): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ ...address(), ca: authority.pem, ...options }, () => {
      resolve(socket)
    })
    socket.once('error', reject)
  })
}

test.for(['TLSv1.2', 'TLSv1.3'] as const)('%s is spoken', async (version) => {
  const socket = await shake({ minVersion: version, maxVersion: version })
  expect(socket.getProtocol()).toBe(version)
  socket.destroy()
})

test.for(['TLSv1', 'TLSv1.1'] as const)('%s is refused by the server', async (version) => {
  const old = { minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' }
  await expect(shake(old)).rejects.toMatchObject({ code: /ALERT_PROTOCOL_VERSION/ })
})

test('a session is not resumed, because it would not show the certificate again', async () => {
  const first = await shake({ maxVersion: 'TLSv1.2' })
  const session = first.getSession()
  first.destroy()
  const second = await shake({ maxVersion: 'TLSv1.2', ...(session && { session }) })
  expect(second.isSessionReused()).toBe(false)
  second.destroy()
})

test('plain HTTP at this door is answered by nothing', async () => {
  const socket = connectPlain(address())
  socket.end('GET /livez HTTP/1.1\r\nhost: x\r\n\r\n')
  expect(await text(socket)).not.toContain('ok')
})

async function fingerprint(): Promise<string> {
  const socket = await shake()
  const { fingerprint256 } = socket.getPeerCertificate()
  socket.destroy()
  return fingerprint256
}

test('a renewed certificate is taken up without a restart; half of one is not', async () => {
  const before = await fingerprint()
  const next = await authority.server()
  await writeFile(file('server.pem'), next.certificate)
  await minute()
  await vi.waitFor(() => {
    expect(world.lines.join('\n')).toContain('certificate not renewed')
  })
  expect(await fingerprint()).toBe(before)
  await install(next)
  await minute()
  await expect.poll(fingerprint).not.toBe(before)
  const samples = await (await fetch(serving.metricsUrl ?? '')).text()
  expect(samples).toMatch(/zhengtong_certificate_seconds\{certificate="tls"\} \d/)
})

describe('a door', () => {
  const expired = { until: new Date('2026-11-01T00:00:00Z') }
  test.for<readonly [string, string, () => Promise<Pair>]>([
    ['of a missing file', 'TLS_CERTIFICATE', () => Promise.reject(new Error())],
    [
      'with another key',
      'TLS_KEY',
      async () => ({ ...(await authority.server()), key: (await authority.server()).key }),
    ],
    [
      'with a key that is none',
      'TLS_KEY',
      async () => ({ ...(await authority.server()), key: 'x' }),
    ],
    [
      'with no certificate',
      'TLS_CERTIFICATE',
      async () => ({ ...(await authority.server()), certificate: 'x' }),
    ],
    ['that has expired', 'TLS_CERTIFICATE', () => authority.server(expired)],
  ])('%s does not open', async ([name, setting, pair]) => {
    const paths = { certificate: file(`${name}.pem`), key: file(`${name}.key`) }
    await pair().then(
      async ({ certificate, key }) => {
        await writeFile(paths.certificate, certificate)
        await writeFile(paths.key, key)
      },
      () => undefined,
    )
    const tls = { ...paths, clientAnchors: undefined }
    const opened = serve(world.world.exchange, { host: '127.0.0.1', port: 0, tls })
    await expect(opened).rejects.toMatchObject({ code: 'invalid-config', detail: { setting } })
  })

  test.for([
    { certificate: 'tls.chain.pem', key: 'tls.key.pem', clientAnchors: undefined },
    { certificate: '', key: '', clientAnchors: 'ca/root.chain.pem' },
  ])('of the development PKI does not open in production: %o', async (named) => {
    const tls = {
      certificate: named.certificate ? join(sharedKeys, named.certificate) : file('server.pem'),
      key: named.key ? join(sharedKeys, named.key) : file('server.key'),
      clientAnchors: named.clientAnchors && join(sharedKeys, named.clientAnchors),
    }
    const doors = { host: '127.0.0.1', port: 0, tls }
    const opened = serve(world.world.exchange, { ...doors, production: true })
    await expect(opened).rejects.toMatchObject({ code: 'development-keys' })
  })
})

describe('bytes that are no HTTP', () => {
  test.for<readonly [string, string, number, string]>([
    [
      'a header beyond the limit',
      `GET / HTTP/1.1\r\nhost: x\r\na: ${'x'.repeat(17_000)}\r\n\r\n`,
      431,
      'headers-too-large',
    ],
    ['another protocol', 'SSH-2.0-OpenSSH\r\n\r\n', 400, 'invalid-request'],
    [
      'two lengths',
      'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n',
      400,
      'invalid-request',
    ],
    [
      'a length and chunks',
      'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n',
      400,
      'invalid-request',
    ],
  ])('%s: a problem document', async ([, bytes, status, code]) => {
    const socket = await shake()
    socket.write(bytes)
    const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n')
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(head).toContain('content-type: application/problem+json')
    const problem = parseJsonObject(body)
    expect(problem).toMatchObject({ status, code })
    expect(isJsonObject(problem['detail'])).toBe(true)
  })
})
