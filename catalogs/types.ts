/**
 * The nouns of the catalogue, exactly as the files write them. Every value of these types has passed
 * its schema and the whole has been proven sound by `catalog.ts`, so readers may trust them.
 * Other folders import these types from `catalog.ts`.
 */
import type {
  Break,
  DepartmentLevel,
  Field,
  HolderCodeType,
  LicenceType,
} from './types/licence-type.ts'
import type { StateCodes } from './types/state-codes.ts'
import type { Dated, Label, LegalBasis, ShareCondition, ShareType, Sharing } from './types/words.ts'

export type DepartmentRole = 'issuer' | 'window' | 'source' | 'supervision' | 'competentAuthority'

export interface Department {
  readonly code: string
  readonly name: Label
  readonly uscc: string
  readonly division: string
  /** A county directly under the province counts as a district. */
  readonly level: DepartmentLevel
  readonly parent?: string
  readonly roles: readonly DepartmentRole[]
  /** 政务数据共享工作机构 (Order 809, art. 11): whom to ask. */
  readonly sharingOffice: { readonly name: Label; readonly phone: string }
}

export interface Key {
  readonly code: string
  readonly name: Label
  readonly pattern: string
  readonly maxLength: number
}

/** A yes-or-no question about one field; the answer never carries the field itself. */
export type Predicate = { readonly code: string; readonly name: Label; readonly of: string } & (
  | {
      readonly test: 'equals' | 'atLeastAge'
      /** Name of the argument: text for `equals`, whole years for `atLeastAge`. */
      readonly argument: string
    }
  | {
      readonly test: 'codeMeans'
      /** Codes that mean yes, and codes that mean no. Every other says nothing. */
      readonly yes: readonly string[]
      readonly no: readonly string[]
    }
)

export type Source =
  | { readonly kind: 'vault'; readonly type: string }
  | {
      readonly kind: 'postgres'
      readonly database: string
      /** `schema.table` or `schema.view`, lower case. */
      readonly table: string
      /** Column of each key and each field. */
      readonly columns: Readonly<Record<string, string>>
    }
  | { readonly kind: 'http'; readonly service: string; readonly path: string } // address: configured
  /** Nothing is connected; the only source a resource may have that is not shared. */
  | { readonly kind: 'withheld' }

export interface Resource extends Sharing, Dated {
  readonly code: string
  readonly name: Label
  /** 信息资源代码: class digit, two digits, a slash and a serial, such as `101/0001`. */
  readonly officialCode: string
  readonly classification: { readonly class: 'base' | 'theme' | 'department'; readonly name: Label }
  readonly owner: string
  /** 数据分类分级 of the whole: general, important or core data. */
  readonly dataClass: 'general' | 'important' | 'core'
  readonly format: 'database' | 'serviceInterface' | 'file'
  readonly shareMethod: 'serviceInterface' | 'batchExchange' | 'fileDownload' | 'none'
  readonly updateCycle: 'realTime' | 'daily' | 'weekly' | 'monthly' | 'quarterly' | 'yearly'
  /** An answer whose data is older than this is not fresh. */
  readonly freshnessHours: number
  readonly openToSociety: boolean
  readonly keys: readonly Key[]
  /**
   * Whom a row is about: the key that names the subject, and the kind of number it is. Left out when
   * rows are about nobody, such as a parcel of land or the economy of a county.
   */
  readonly subject?: { readonly codeType: HolderCodeType; readonly key: string }
  readonly fields: readonly Field[]
  readonly predicates: readonly Predicate[]
  readonly breaks?: readonly Break[]
  readonly source: Source
}

/** What the gate needs to know of anything that can be granted: a licence type or a resource. */
export interface Shared {
  readonly code: string
  readonly kind: 'licence' | 'resource'
  readonly name: Label
  /** The owner of a resource; the issuers of a licence type. */
  readonly owners: readonly string[]
  readonly shareType: ShareType
  readonly shareCondition?: ShareCondition
  readonly legalBasis?: LegalBasis
  readonly fields: ReadonlyMap<string, Field>
  readonly predicates: ReadonlyMap<string, Predicate>
}

export interface Purpose {
  readonly code: string
  readonly name: Label
  readonly legalBasis: LegalBasis
}

export type PartyRole =
  | 'applicant'
  | 'legalRepresentative'
  | 'personInCharge'
  | 'premisesOwner'
  | 'transferee'
  | 'intendedSpouse'
  | 'mother'
  | 'father'
  | 'contractor'
  | 'driver'

/** One way to have a material without paper. When none works the applicant is asked, and told why. */
export type Way =
  | {
      readonly by: 'licence'
      readonly type: string
      readonly holder: PartyRole
      readonly fields: readonly string[]
    }
  | {
      readonly by: 'predicate'
      readonly resource: string
      readonly predicate: string
      readonly subject: PartyRole
      /** Which attribute of the party is the predicate's argument, when it has one. */
      readonly argumentFrom?: 'name'
    }
  | {
      readonly by: 'data'
      readonly resource: string
      readonly subject: PartyRole
      readonly fields: readonly string[]
    }
  | { readonly by: 'applicant'; readonly reason: Label }

export interface Material {
  readonly code: string
  readonly name: Label
  readonly legalBasis?: LegalBasis
  /** In order of preference. */
  readonly ways: readonly Way[]
}

/** One version of a service item: what is required of cases opened while it is in force. */
export interface ServiceItem extends Dated {
  readonly code: string
  readonly name: Label
  readonly departments: readonly string[]
  readonly purpose: string
  /** Who may be named in a case; `applicant` always. */
  readonly parties: readonly PartyRole[]
  readonly legalBasis: LegalBasis
  readonly materials: readonly Material[]
}

/** The agreement of one side's sharing office, given by its head (Order 809, art. 20). */
export interface Approval {
  readonly department: string
  readonly head: string
  readonly on: string
}

/** Which fields (or predicates) of one resource or licence type a department may have, and for what. */
export interface Grant extends Dated {
  readonly code: string
  readonly department: string
  /** Code of a resource or of a licence type. */
  readonly resource: string
  /** Codes of fields and of predicates. */
  readonly fields: readonly string[]
  readonly items: readonly string[]
  /** 使用场景: in which situation the data is used. */
  readonly scene: Label
  readonly legalBasis: LegalBasis
  readonly until: string
  readonly approvedBy: { readonly requester: Approval; readonly provider: Approval }
}

/** A code of GB/T 2260. Codes are abolished and even used again; numbers that carry them stay valid. */
export interface Division {
  readonly code: string
  readonly name: Label
  readonly parent?: string
  readonly from?: string
  readonly until?: string
  readonly successor?: string
  /** Meanings this code had before its present one. */
  readonly formerly?: readonly { readonly name: Label; readonly successor?: string }[]
  readonly note?: Label
}

export interface Catalogue {
  /** First 16 hexadecimal digits of the SHA-256 of the canonical content of all files. */
  readonly version: string
  readonly departments: ReadonlyMap<string, Department>
  /** The newest version of each licence type; `typeOn` chooses the one of a day. */
  readonly licenceTypes: ReadonlyMap<string, LicenceType>
  /** All versions of each licence type, oldest first. */
  readonly typeVersions: ReadonlyMap<string, readonly LicenceType[]>
  readonly resources: ReadonlyMap<string, Resource>
  /** Versions of each service item, oldest first; `itemAt` chooses. */
  readonly items: ReadonlyMap<string, readonly ServiceItem[]>
  readonly purposes: ReadonlyMap<string, Purpose>
  readonly grants: readonly Grant[]
  /** What each department lost by decision, declared in its file of grants. */
  readonly grantBreaks: ReadonlyMap<string, readonly Break[]>
  readonly divisions: ReadonlyMap<string, Division>
  readonly stateCodes: StateCodes
  readonly shared: (code: string) => Shared | undefined
  readonly grantsOf: (department: string) => readonly Grant[]
}
