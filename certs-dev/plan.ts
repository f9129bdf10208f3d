/** What a development PKI is made for. */
import type { TrustedIssuer } from '../sdk/trust.ts'

export interface DevelopmentDepartment {
  readonly code: string
  /** Its unified social credit code, the O of its names. */
  readonly uscc: string
  readonly zh: string
  readonly en: string
  /** Whether it issues licences, and so needs a seal. */
  readonly issues: boolean
  /** Whether its seal and its request key are of SM2, under the second tree. */
  readonly sm2?: true
}

export interface DevelopmentPki {
  readonly out: string
  /** The exchange's id, which names its log. */
  readonly exchange: string
  readonly departments: readonly DevelopmentDepartment[]
  /** Who may issue which type since when, as relying parties shall believe it. */
  readonly issuers: readonly TrustedIssuer[]
  readonly at: Date
}
