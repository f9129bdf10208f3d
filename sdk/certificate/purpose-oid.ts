/**
 * The extended key usages of this platform (RFC 5280 §4.2.1.12), under one UUID arc (ITU-T X.667), so
 * that a certificate for one purpose is never taken for another one's. A frozen list: certificates in
 * the world carry these numbers.
 */
const arc = '2.25.5409817108010860577784383361512690451.1'

export const purposeOid = {
  /** Seals licences: the signature of an issuing authority. */
  seal: `${arc}.1`,
  /** Signs the requests of a department. */
  requestSigning: `${arc}.2`,
  /** Signs status lists. */
  statusSigning: `${arc}.3`,
  /** Signs receipts of the exchange. */
  receiptSigning: `${arc}.4`,
} as const

/** What everybody uses certificates for, by the usual names (RFC 5280 §4.2.1.12). */
const commonPurposes = {
  anyExtendedKeyUsage: '2.5.29.37.0',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  codeSigning: '1.3.6.1.5.5.7.3.3',
  emailProtection: '1.3.6.1.5.5.7.3.4',
  timeStamping: '1.3.6.1.5.5.7.3.8',
  OCSPSigning: '1.3.6.1.5.5.7.3.9',
} as const

/** Whoever lists it, lists every purpose. */
export const anyPurposeOid = commonPurposes.anyExtendedKeyUsage

/** What no certificate of a TLS server may be good for besides (CA/B Forum BR §7.1.2.7.10). */
export const foreignToTls: readonly string[] = [
  commonPurposes.anyExtendedKeyUsage,
  commonPurposes.codeSigning,
  commonPurposes.emailProtection,
  commonPurposes.timeStamping,
  commonPurposes.OCSPSigning,
  '1.3.6.1.4.1.11129.2.4.4', // Signs precertificates (RFC 6962 §3.1).
]

/** What nobody's certificate for mail may be good for besides (S/MIME BR §7.1.2.3 (f)). */
export const foreignToMail: readonly string[] = [
  commonPurposes.anyExtendedKeyUsage,
  commonPurposes.serverAuth,
  commonPurposes.codeSigning,
  commonPurposes.timeStamping,
]

/** What no certificate of who signs programs may be good for besides (Code Signing BR §7.1.2.3 (f)). */
export const foreignToCode: readonly string[] = [
  commonPurposes.anyExtendedKeyUsage,
  commonPurposes.serverAuth,
]

/** For who says what time it was (RFC 3161 §2.3). */
export const timeStampingOid = commonPurposes.timeStamping

/** For who signs mail, or is written to in secret. */
export const mailPurposeOid = commonPurposes.emailProtection

export const codePurposeOid = commonPurposes.codeSigning

/** For the ends of a TLS connection, as everybody numbers them (RFC 5280 §4.2.1.12). */
export const tlsPurposeOid = {
  server: commonPurposes.serverAuth,
  client: commonPurposes.clientAuth,
} as const

const purposesByName = new Map<string, string>(Object.entries({ ...commonPurposes, ...purposeOid }))

/** The number of a purpose that is given by its number or its name, when one is given. */
export function extendedKeyUsageOf(purpose: string | undefined): string | undefined {
  if (purpose === undefined || /^[0-2](\.(0|[1-9]\d*))+$/.test(purpose)) return purpose
  return purposesByName.get(purpose) ?? 'unknown'
}

/** Answers for an authority which of its certificates are revoked (RFC 6960 §4.2.2.2). */
export const ocspSigningOid = '1.3.6.1.5.5.7.3.9'

export type Purpose = keyof typeof purposeOid
