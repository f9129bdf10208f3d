/**
 * TLS at our own door: the files it is made of, how strict it is, and a renewed certificate taken up
 * without a restart. When there are anchors for clients, every client is asked for a certificate;
 * whether it is good enough is judged request by request (`identity/client-certificate.ts`), because
 * public documents are for everybody.
 */
import { constants, createPrivateKey, X509Certificate } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { createSecureContext, TLSSocket } from 'node:tls'
import type { DetailedPeerCertificate, SecureContextOptions } from 'node:tls'
import { pathLimits } from '../../sdk/certificate/path.ts'
import { parseCertificate } from '../../sdk/certificate.ts'
import type { Certificate } from '../../sdk/certificate.ts'
import { readPem } from '../../sdk/pem.ts'
import { Problem } from '../../sdk/problem.ts'
import { developmentUnit, isDevelopmentTrust } from '../../sdk/trust.ts'

/** Where they are: our certificate with its CAs, its key, and the anchors of clients' certificates. */
export interface TlsFiles {
  readonly certificate: string
  readonly key: string
  readonly clientAnchors: string | undefined
}

export interface Tls {
  readonly options: () => SecureContextOptions
  /** Undefined when clients need no certificate. */
  readonly clientAnchors: () => readonly Certificate[] | undefined
  readonly notAfter: () => Date
  /**
   * Reads the files again and answers whether they have changed; what cannot be used changes nothing.
   * @throws Problem invalid-config naming the setting
   */
  readonly renew: () => Promise<boolean>
}

interface Judged {
  /** When files are in force, and whether those of a development PKI may be used. */
  readonly clock: () => Date
  readonly production: boolean
}

/** @throws Problem invalid-config, development-keys */
export async function openTls(files: TlsFiles, judged: Judged): Promise<Tls> {
  let current = await load(files, judged)
  return {
    options: () => current.options,
    clientAnchors: () => current.clientAnchors,
    notAfter: () => current.notAfter,
    renew: async () => {
      const next = await load(files, judged)
      const isChanged = next.text !== current.text
      if (isChanged) current = next
      return isChanged
    },
  }
}

interface Loaded {
  readonly text: string
  readonly options: SecureContextOptions
  readonly clientAnchors: readonly Certificate[] | undefined
  readonly notAfter: Date
}

/**
 * Sessions are never resumed: a resumed one does not show the client's certificate again. OpenSSL
 * gets no authorities for clients: it only proves that they hold their keys, and of a chain that it
 * has approved Node 24.21 and 26.8 hand on nothing but the leaf (nodejs/node#65579).
 */
const strictness = {
  ca: [],
  minVersion: 'TLSv1.2',
  secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
} satisfies SecureContextOptions

async function load(files: TlsFiles, { clock, production }: Judged): Promise<Loaded> {
  const certificate = await readText('TLS_CERTIFICATE', files.certificate)
  const key = await readText('TLS_KEY', files.key)
  const anchorsText =
    files.clientAnchors === undefined
      ? undefined
      : await readText('TLS_CLIENT_ANCHORS', files.clientAnchors)
  const own = readCertificate(certificate)
  if (!own.checkPrivateKey(readKey(key))) refuse('TLS_KEY', 'the private key of TLS_CERTIFICATE')
  const notAfter = new Date(own.validTo)
  if (clock() < new Date(own.validFrom) || clock() > notAfter) {
    refuse('TLS_CERTIFICATE', 'a certificate that is in force')
  }
  const clientAnchors = anchorsText === undefined ? undefined : readAnchors(anchorsText)
  if (production && isOfDevelopment(own, clientAnchors ?? [])) {
    throw new Problem('development-keys', { setting: 'TLS_CERTIFICATE, TLS_CLIENT_ANCHORS' })
  }
  const options = { ...strictness, cert: certificate, key }
  createSecureContext(options) // Throws now what would break every handshake later.
  return { text: [certificate, key, anchorsText].join('\n'), options, clientAnchors, notAfter }
}

async function readText(setting: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw new Problem('invalid-config', { setting, expected: 'a file we may read' }, { cause })
  }
}

function readCertificate(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem)
  } catch {
    return refuse('TLS_CERTIFICATE', 'certificates in PEM, our own first')
  }
}

function readKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem)
  } catch {
    // The cause could quote the file, and the file is a secret.
    return refuse('TLS_KEY', 'a private key in PEM, without a passphrase')
  }
}

function readAnchors(pem: string): readonly Certificate[] {
  const expected = 'certificates of authorities in PEM'
  try {
    const anchors = readPem(pem, 'CERTIFICATE').map(parseCertificate)
    return anchors.length > 0 ? anchors : refuse('TLS_CLIENT_ANCHORS', expected)
  } catch (cause) {
    throw new Problem('invalid-config', { setting: 'TLS_CLIENT_ANCHORS', expected }, { cause })
  }
}

function isOfDevelopment(own: X509Certificate, anchors: readonly Certificate[]): boolean {
  return own.raw.includes(developmentUnit) || isDevelopmentTrust({ anchors })
}

function refuse(setting: string, expected: string): never {
  throw new Problem('invalid-config', { setting, expected })
}

/** The certificate a client has shown to hold the key of, and those it sent along; none is empty. */
export function clientChain(socket: Socket): readonly Uint8Array[] {
  const chain: Uint8Array[] = []
  if (!(socket instanceof TLSSocket)) return chain
  // Without a certificate this is an empty object, whatever its type says.
  let next: Partial<DetailedPeerCertificate> | undefined = socket.getPeerCertificate(true)
  while (next?.raw && chain.length <= pathLimits.certificates) {
    chain.push(next.raw)
    next = next.issuerCertificate === next ? undefined : next.issuerCertificate
  }
  return chain
}
