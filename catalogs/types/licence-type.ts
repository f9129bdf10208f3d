/** A licence type as its readers have it, and the fields that licences and resources are made of. */
import type { Dated, Label, LegalBasis, Sharing } from './words.ts'

/** 1 public, 2 internal, 3 sensitive, 4 highly sensitive. */
export type DataLevel = 1 | 2 | 3 | 4

interface FieldBase {
  readonly code: string
  readonly name: Label
  readonly group: 'basic' | 'holder' | 'permission' | 'management'
  readonly required: boolean
  readonly level: DataLevel
  readonly personal: boolean
  readonly maxLength: number
}

/** The value is always text on the wire: dates are `YYYY-MM-DD`, numbers are decimal, codes are listed. */
export type Field =
  | (FieldBase & { readonly type: 'text'; readonly pattern?: string })
  | (FieldBase & { readonly type: 'date' | 'number' })
  | (FieldBase & {
      readonly type: 'code'
      readonly values: readonly { readonly code: string; readonly name: Label }[]
    })

/** GB/T 36903 annex A: 001 unified social credit code, 111 citizen number. */
export type HolderCodeType = '001' | '111'

/**
 * In force means that licences of this type are issued and kept; it is asked at the time of the act,
 * so a licence of 1998 can be imported today into a type that is in force since 2019.
 */
export interface LicenceType extends Sharing, Dated {
  readonly code: string
  readonly name: Label
  /** 证照类型代码: the defining authority's USCC and three digits. */
  readonly typeCode: string
  readonly definingAuthority: { readonly name: Label; readonly uscc: string }
  readonly national: boolean
  readonly version: number
  readonly holderCategory: 'person' | 'organisation' | 'mixed'
  readonly holderCodeTypes: readonly HolderCodeType[]
  readonly issuers: readonly string[]
  readonly issuingBasis: LegalBasis
  readonly fields: readonly Field[]
  /** Left out: every field, by its group. */
  readonly face?: FaceTemplate
  /** `years`: the longest term that may be given; `longTerm`: it may be open-ended. */
  readonly validity: { readonly years?: number; readonly longTerm?: boolean }
  /** The number printed on the face (`licenceNo`), as the source of a regular expression. */
  readonly numbering: { readonly rule: Label; readonly pattern: string; readonly example: string }
}

/** What the printed face shows: codes of fields, those of one row side by side. */
export interface FaceTemplate {
  readonly paper: 'portrait' | 'landscape'
  readonly rows: readonly (readonly string[])[]
}
