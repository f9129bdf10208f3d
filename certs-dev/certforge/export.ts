/**
 * Writes the forgeries of one tree as files that any verifier can be run over: a folder for each case,
 * and `cases.json`, which says what they are and what has to be said of them.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writePem } from '../../sdk/pem.ts'
import type { PemLabel } from '../../sdk/pem.ts'
import { presentationOf } from './case.ts'
import { cases } from './cases.ts'
import { createForge } from './forge.ts'
import type { TreeName } from './forge.ts'

export interface ExportedCase {
  /** Also its folder. */
  readonly id: string
  readonly name: string
  readonly rule: string
  readonly at: string
  /** An object identifier. */
  readonly purpose: string
  readonly dnsName?: string
  readonly expected: { readonly strict: string; readonly rfc5280: string }
  /** What there is in the folder. */
  readonly files: readonly string[]
}

export async function exportCases(tree: TreeName, out: string): Promise<void> {
  const forge = createForge(tree)
  const exported: ExportedCase[] = []
  for (const one of cases) {
    if (tree === 'sm2' && one.notOfSm2 !== undefined) continue
    const { id, name, rule, strict, rfc5280 } = one
    const presented = presentationOf(one, forge)
    const { at, purpose, dnsName } = presented
    const files = filesOf(presented)
    await mkdir(join(out, id), { recursive: true })
    for (const [file, content] of files) await writeFile(join(out, id, file), content)
    exported.push({
      ...{
        id,
        name,
        rule,
        at: at.toISOString(),
        purpose,
        ...(dnsName !== undefined && { dnsName }),
      },
      ...{ expected: { strict, rfc5280 }, files: files.map(([file]) => file) },
    })
  }
  await writeFile(join(out, 'cases.json'), `${JSON.stringify(exported, null, 2)}\n`)
}

type Presentation = ReturnType<typeof presentationOf>

/** What is not presented has no file. A response has no PEM of its own: it is written as it is. */
function filesOf(presented: Presentation): (readonly [string, string | Uint8Array])[] {
  const { leaf, intermediates, anchors, crls = [], ocsp = [] } = presented
  const lists: readonly (readonly [string, readonly Uint8Array[], PemLabel])[] = [
    ['leaf.pem', [leaf], 'CERTIFICATE'],
    ['intermediates.pem', intermediates, 'CERTIFICATE'],
    ['anchors.pem', anchors, 'CERTIFICATE'],
    ['crls.pem', crls, 'X509 CRL'],
  ]
  return [
    ...lists
      .filter(([, ders]) => ders.length > 0)
      .map(([file, ders, label]) => [file, writePem(ders, label)] as const),
    ...ocsp.map((der, n) => [`ocsp-${n + 1}.der`, der] as const),
  ]
}
