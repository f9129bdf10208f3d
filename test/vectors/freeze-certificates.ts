/** Freezes certificates and what revokes them. */
import { issueCa, issueCrl, issueSeal } from '../certificates.ts'
import { ecKeys, named } from '../../certs-dev/certforge/forge.ts'
import { issuingAt as at } from '../issuing.ts'
import { writeResponse } from '../../certs-dev/certforge/ocsp-writer.ts'
import { curves, frozenAt } from './freeze-set.ts'
import type { FrozenSet } from './freeze-set.ts'

export async function freezeCertificates({ keep, freeze }: FrozenSet): Promise<void> {
  for (const curve of curves) {
    const root = await issueCa({ name: named('root'), keys: ecKeys(curve) })
    const middle = await issueCa({ name: named('ca'), issuer: root, keys: ecKeys(curve) }, 0)
    const made = { issuer: middle, keys: ecKeys(curve) }
    const [good, gone] = [await issueSeal(made), await issueSeal(made)]
    const revoked = [{ serial: gone.certificate.serial, from: new Date('2026-05-02T00:00:00Z') }]
    const list = await issueCrl({ issuer: middle, revoked })
    const nothing = await issueCrl({ issuer: root })
    const above = keep(`root-${curve}.crl`, nothing.der)
    const asked = {
      ...{ at: frozenAt, leaf: keep(`leaf-${curve}.der`, good.der) },
      intermediates: [keep(`ca-${curve}.der`, middle.der)],
      ...{ anchor: keep(`root-${curve}.der`, root.der), crls: [above] },
    }
    const lists = [above, keep(`ca-${curve}.crl`, list.der)]
    freeze('certificate', { ...asked, crls: lists }, { [`certificate-${curve}.der`]: good.der })
    freeze('revocation list', asked, { [`revoking-${curve}.crl`]: list.der })
    const leaf = keep(`leaf-revoked-${curve}.der`, gone.der)
    freeze('revocation list', { ...asked, leaf }, { [`revoked-${curve}.crl`]: list.der })
  }
}

/** What responders say, with the certificates it is about. */
export async function freezeAnswers({ keep, freeze }: FrozenSet): Promise<void> {
  for (const curve of curves) {
    const root = await issueCa({ name: named('root'), keys: ecKeys(curve) })
    const middle = await issueCa({ name: named('ca'), issuer: root, keys: ecKeys(curve) }, 0)
    const made = { issuer: middle, keys: ecKeys(curve) }
    const [good, gone] = [await issueSeal(made), await issueSeal(made)]
    const responder = { name: middle.name, key: middle.keys.privateKey }
    const answers = [good, gone].map(({ certificate }, i) => ({
      ...{ certificate, issuer: middle.certificate, from: at },
      status: i === 0 ? ('good' as const) : { revokedAt: new Date('2026-05-02T00:00:00Z') },
    }))
    const response = writeResponse({ responder, producedAt: at, answers })
    const nothing = await issueCrl({ issuer: root })
    const name = (what: string): string => `answered-${what}-${curve}`
    const asked = {
      ...{ at: frozenAt, intermediates: [keep(`${name('ca')}.der`, middle.der)] },
      anchor: keep(`${name('root')}.der`, root.der),
      crls: [keep(`${name('root')}.crl`, nothing.der)],
    }
    for (const [word, { der }] of [['good', good] as const, ['revoked', gone] as const]) {
      const leaf = keep(`${name(word)}.der`, der)
      freeze(
        'revocation answer',
        { ...asked, leaf },
        { [`answer-${word}-${curve}.ocsp`]: response },
      )
    }
  }
}
