/**
 * The secrets that are no certificates: made once and never again, because what they protect (sealed
 * data keys, the index, the log) would be lost with them.
 */
import { createPrivateKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { readIfThere, write } from './folder.ts'

/** Writes what is missing; the answer is the password of the key stores. */
export async function writeSecrets(folder: string): Promise<string> {
  await once(join(folder, 'kek.key'), () => randomBytes(32))
  await once(join(folder, 'index.key'), () => randomBytes(32))
  const logKey = await once(join(folder, 'log.key.pem'), () =>
    Buffer.from(generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' })),
  )
  createPrivateKey(logKey)
  const password = await once(join(folder, 'password'), () =>
    Buffer.from(randomBytes(24).toString('base64url')),
  )
  return password.toString('utf8')
}

async function once(path: string, make: () => Buffer): Promise<Buffer> {
  const kept = await readIfThere(path)
  if (kept) return kept
  const made = make()
  await write(path, made, 'secret')
  return made
}
