/** A licence type as its readers have it, and the fields that licences and resources are made of. */
import type { Dated, Label, LegalBasis, Sharing } from './words.ts'

/** 1 public, 2 internal, 3 sensitive, 4 highly sensitive. */
export type DataLevel = 1 | 2 | 3 | 4

/** A code and its meaning; `until` is its last day. A code that ended stays readable for ever. */
export interface CodeValue {
  readonly code: string
  readonly name: Label
  readonly from?: string
  readonly until?: string
}

export interface CodeTable {
  readonly code: string
  readonly name: Label
  /** Where the codes come from, such as `GB/T 2261.1-2003`; absent for codes of our own. */
  readonly standard?: string
  readonly values: readonly CodeValue[]
}

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
      /** The table the values were taken from, when they are not the field's own. */
      readonly table?: string
      readonly values: readonly CodeValue[]
    })

/** GB/T 36903 annex A, those with check digits: 001 unified social credit code, 111 citizen number. */
export type HolderCodeType = '001' | '111'

export type DepartmentLevel = 'province' | 'city' | 'district' | 'township' | 'village'

/** A change that breaks what was promised, why, and since when. */
export interface Break {
  /** As `zt catalog diff` writes it, such as `field-removed phone`. */
  readonly change: string
  readonly reason: Label
  readonly from: string
}

/**
 * One version of a licence type. In force means that licences of this type are issued and kept; it is
 * asked of the first day of a licence, and what is older than every version follows the first, so a
 * licence of 1998 can be imported today into a type that is in force since 2019.
 */
export interface LicenceType extends Sharing, Dated {
  readonly code: string
  readonly name: Label
  /** 证照类型代码: the defining authority's USCC and three digits. */
  readonly typeCode: string
  readonly definingAuthority: { readonly name: Label; readonly uscc: string }
  readonly national: boolean
  /** 目录类别: 1 证照, 2 批文, 3 证明, 4 材料, 5 证件. */
  readonly documentClass: 'licence' | 'approval' | 'proof' | 'material' | 'card'
  /** 证照类型要求: what it attests, and of whom. */
  readonly requirements: Label
  readonly version: number
  readonly holderCategory: 'person' | 'organisation' | 'mixed'
  /** Codes of the table `holderCodeType` (GB/T 36903 annex A). */
  readonly holderCodeTypes: readonly string[]
  /** How many hold one licence together; any number when absent. */
  readonly holderCount?: { readonly min: number; readonly max: number }
  readonly issuers: readonly string[]
  /** 证照颁发机构级别: an issuer of another level may not even be named. */
  readonly issuerLevels: readonly DepartmentLevel[]
  readonly issuingBasis: LegalBasis
  readonly fields: readonly Field[]
  /** Left out: every field, by its group. */
  readonly face?: FaceTemplate
  readonly validity: Validity
  /** The number printed on the face (`licenceNo`), as the source of a regular expression. */
  readonly numbering: { readonly rule: Label; readonly pattern: string; readonly example: string }
  /** 流水号 of the identifier (GB/T 36904), as the source of a regular expression. */
  readonly identifier: { readonly serial: string }
  /** What may be done to a licence after its issue: codes of the acts in state-codes.json. */
  readonly acts: readonly string[]
  /**
   * Fields that the act `change` may change, every other needs a new licence; and `validUntil` where it
   * may make the term longer, which elsewhere is a renewal.
   */
  readonly changeable: readonly string[]
  /** Who may ask whether one is valid: anyone who has its code, departments with a case, or whom it is shown. */
  readonly verifiedBy: 'anyone' | 'departments' | 'shown'
  readonly breaks: readonly Break[]
}

export interface Validity extends Term {
  /**
   * Instead, for holders who on the first day are younger than so many years, youngest first. The age is
   * read from the citizen number, so holders of such a type have no other.
   */
  readonly byAge?: readonly (Term & { readonly below: number })[]
}

/** `years`: the longest term that may be given; `longTerm`: it may be open-ended. */
export interface Term {
  readonly years?: number
  readonly longTerm?: boolean
}

/** The rule for a holder of this age. */
export function termAt({ byAge = [], ...term }: Validity, age: number): Term {
  return byAge.find(({ below }) => age < below) ?? term
}

/** What the printed face shows: codes of fields, those of one row side by side. */
export interface FaceTemplate {
  readonly paper: 'portrait' | 'landscape'
  readonly rows: readonly (readonly string[])[]
}
