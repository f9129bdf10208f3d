/**
 * An import as a process of its own, that ends by SIGKILL as soon as the holder of a row is to be given
 * a key, or when it has sealed so many licences: `node importer.ts DATABASE_URL FILE ROW SEALED`.
 */
import { loadCatalogue } from '../../catalogs/catalog.ts'
import { readKeyFolder } from '../../exchange/keys/key-folder.ts'
import { toBase64url } from '../../sdk/base64url.ts'
import { createVault } from '../../vault/index.ts'
import type { VaultParts } from '../../vault/index.ts'
import { fictitiousUscc } from '../companies.ts'
import { beginning, sharedKeys } from '../keys.ts'
import { openVaultParts } from '../vault-parts.ts'

const [url = '', path = '', row = '0', sealed = '0'] = process.argv.slice(2)
const catalogue = loadCatalogue()
const keys = await readKeyFolder(sharedKeys, catalogue)
const { parts, db, sequencerDb } = openVaultParts(url, {
  ...{ keys, catalogue, clock: { now: beginning } },
})
const holder = { codeType: '001', code: fictitiousUscc(Number(row)) }
const fatal = `holder:${toBase64url(parts.blind.party(holder))}`
let left = Number(sealed)
const counting: VaultParts['signer'] = {
  sealOf: (department) => {
    left -= 1
    if (left === 0) process.kill(process.pid, 'SIGKILL')
    return parts.signer.sealOf(department)
  },
}
const vault = createVault({
  ...parts,
  wrapper: {
    ...parts.wrapper,
    wrap: (key, context) => {
      if (context === fatal && row !== '0') process.kill(process.pid, 'SIGKILL')
      return parts.wrapper.wrap(key, context)
    },
  },
  // Threads set seals only where nobody counts them.
  signer: left > 0 ? counting : parts.signer,
})
await vault.importLicences({ path, type: 'businessLicence' })
await Promise.all([db.close(), sequencerDb.close()])
