/**
 * Who seals for which department: the key files of the folder, and for departments that have only
 * certificates there, the signing server of the settings.
 */
import { readFile } from 'node:fs/promises'
import { Problem } from '../sdk/problem.ts'
import { localSigner, signingServer } from '../vault/index.ts'
import type { Signer } from '../vault/index.ts'
import type { KeyMaterial } from './key-folder.ts'

/** Where it is, and the files of our end of the connection. */
export interface SigningSettings {
  readonly url: URL
  readonly certificate: string
  readonly key: string
  /** The authorities of its certificate; those of the system when left out. */
  readonly authorities: string | undefined
  readonly deadlineMs: number
}

/** All that it takes, or nothing. @throws Problem invalid-config naming what is missing */
export function signingOf(given: {
  readonly [K in keyof SigningSettings]: SigningSettings[K] | undefined
}): SigningSettings | undefined {
  const { url, certificate, key, authorities, deadlineMs = 0 } = given
  if ([url, certificate, key, authorities].every((one) => one === undefined)) return undefined
  return {
    url: url ?? refuse('SIGNING_SERVER_URL', 'an address for the certificates'),
    certificate: certificate ?? refuse('SIGNING_SERVER_CERTIFICATE', 'a file'),
    key: key ?? refuse('SIGNING_SERVER_KEY', 'a file'),
    ...{ authorities, deadlineMs },
  }
}

/** @throws Problem invalid-config, or invalid-key-store when a seal has no key anywhere */
export async function openSigner(
  { seals, sealsElsewhere }: Pick<KeyMaterial, 'seals' | 'sealsElsewhere'>,
  settings: SigningSettings | undefined,
): Promise<Signer> {
  const local = localSigner(seals)
  const [department] = sealsElsewhere.keys()
  if (department === undefined) return local
  if (!settings) throw new Problem('invalid-key-store', { file: `${department}/seal.key.pem` })
  const { url, deadlineMs } = settings
  const tls = {
    own: {
      certificate: await readSetting('SIGNING_SERVER_CERTIFICATE', settings.certificate),
      key: await readSetting('SIGNING_SERVER_KEY', settings.key),
    },
    ...(settings.authorities !== undefined && {
      authorities: await readSetting('SIGNING_SERVER_CA', settings.authorities),
    }),
  }
  const server = signingServer({ url, tls, deadlineMs }, sealsElsewhere)
  return { sealOf: (code) => (sealsElsewhere.has(code) ? server : local).sealOf(code) }
}

async function readSetting(setting: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new Problem('invalid-config', { setting, expected: 'a file in PEM' }, { cause })
  }
}

function refuse(setting: string, expected: string): never {
  throw new Problem('invalid-config', { setting, expected })
}
