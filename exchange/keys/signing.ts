/**
 * Who seals for which department: the key files of the folder, and for departments that have only
 * certificates there, the signing server or the PKCS#11 token of the settings.
 */
import { readFile } from 'node:fs/promises'
import { Problem } from '../../sdk/problem.ts'
import { localSigner, pkcs11Signer, signingServer } from '../../vault/index.ts'
import type { Signer } from '../../vault/index.ts'
import type { KeyMaterial } from './key-folder.ts'

export type SigningSettings = ServerSettings | TokenSettings

/** Where the server is, and the files of our end of the connection. */
interface ServerSettings {
  readonly kind: 'server'
  readonly url: URL
  readonly certificate: string
  readonly key: string
  /** The authorities of its certificate; those of the system when left out. */
  readonly authorities: string | undefined
  readonly deadlineMs: number
}

interface TokenSettings {
  readonly kind: 'token'
  readonly library: string
  readonly label: string
  readonly pinFile: string
}

type Given = { readonly [K in keyof Omit<ServerSettings, 'kind'>]: ServerSettings[K] | undefined }

/** All that it takes, or nothing. @throws Problem invalid-config naming what is missing */
export function signingOf(given: Given): SigningSettings | undefined {
  const { url, certificate, key, authorities, deadlineMs = 0 } = given
  const files = [certificate, key, authorities]
  if (url?.protocol === 'pkcs11:') {
    if (files.some((file) => file !== undefined)) refuse('SIGNING_SERVER_URL', 'a server')
    return tokenAt(url)
  }
  if ([url, ...files].every((one) => one === undefined)) return undefined
  return {
    kind: 'server',
    url: url ?? refuse('SIGNING_SERVER_URL', 'an address for the certificates'),
    certificate: certificate ?? refuse('SIGNING_SERVER_CERTIFICATE', 'a file'),
    key: key ?? refuse('SIGNING_SERVER_KEY', 'a file'),
    ...{ authorities, deadlineMs },
  }
}

/** As RFC 7512 writes it. */
function tokenAt({ pathname, searchParams }: URL): TokenSettings {
  const label = /^token=([^;]+)$/.exec(decodeURIComponent(pathname))?.[1]
  const [library, pinFile] = [searchParams.get('module-path'), searchParams.get('pin-source')]
  if (label === undefined || library === null || pinFile === null) {
    const form = 'pkcs11:token=LABEL?module-path=FILE&pin-source=FILE'
    return refuse('SIGNING_SERVER_URL', form)
  }
  return { kind: 'token', library, label, pinFile }
}

/**
 * Seals whose keys are here are those of now, others those of the start.
 * @throws Problem invalid-config, or invalid-key-store when a seal has no key anywhere
 */
export async function openSigner(
  keys: Pick<KeyMaterial, 'seals' | 'sealsElsewhere'>,
  settings: SigningSettings | undefined,
): Promise<Signer> {
  const { sealsElsewhere } = keys
  const local = signerOfNow(keys)
  const [department] = sealsElsewhere.keys()
  if (department === undefined) return local
  if (!settings) throw new Problem('invalid-key-store', { file: `${department}/seal.key.pem` })
  const elsewhere =
    settings.kind === 'token'
      ? await openToken(settings, sealsElsewhere)
      : await openServer(settings, sealsElsewhere)
  const signerFor = (code: string): Signer => (sealsElsewhere.has(code) ? elsewhere : local)
  return {
    sealOf: (code) => signerFor(code).sealOf(code),
    keyOf: (code) => signerFor(code).keyOf?.(code),
  }
}

/** Made anew when the keys were read again. */
function signerOfNow(keys: Pick<KeyMaterial, 'seals'>): Signer {
  let { seals } = keys
  let signer = localSigner(seals)
  const now = (): Signer => {
    if (keys.seals !== seals) {
      seals = keys.seals
      signer = localSigner(seals)
    }
    return signer
  }
  return {
    sealOf: (department) => now().sealOf(department),
    keyOf: (department) => now().keyOf?.(department),
  }
}

async function openToken(settings: TokenSettings, chains: KeyMaterial['sealsElsewhere']) {
  const { library, label, pinFile } = settings
  const pin = (await readSetting('SIGNING_SERVER_URL', pinFile)).trimEnd()
  return pkcs11Signer({ library, label, pin }, chains)
}

async function openServer(settings: ServerSettings, chains: KeyMaterial['sealsElsewhere']) {
  const { url, deadlineMs, authorities } = settings
  const tls = {
    own: {
      certificate: await readSetting('SIGNING_SERVER_CERTIFICATE', settings.certificate),
      key: await readSetting('SIGNING_SERVER_KEY', settings.key),
    },
    ...(authorities !== undefined && {
      authorities: await readSetting('SIGNING_SERVER_CA', authorities),
    }),
  }
  return signingServer({ url, tls, deadlineMs }, chains)
}

async function readSetting(setting: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new Problem('invalid-config', { setting, expected: 'a file that can be read' }, { cause })
  }
}

function refuse(setting: string, expected: string): never {
  throw new Problem('invalid-config', { setting, expected })
}
