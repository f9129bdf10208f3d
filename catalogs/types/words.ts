/** Words that every noun of the catalogue uses: names, days, clauses, and how things are shared. */

export interface Label {
  readonly zh: string
  readonly en: string
}

/** Days of the calendar in China, `YYYY-MM-DD`: `from` is the first, `until` the last day in force. */
export interface Dated {
  readonly from: string
  readonly until?: string
}

/** Where a rule stands: only the first three may keep data from being shared (Order 809, art. 14). */
export type Rank =
  | 'law'
  | 'administrativeRegulation'
  | 'stateCouncilDecision'
  | 'departmentRule'
  | 'stateCouncilDocument'

export interface LegalBasis {
  readonly law: Label
  readonly rank: Rank
  /** Article numbers in digits: `14`, or `8, 10`. */
  readonly article: string
  readonly text?: Label
}

export type ShareType = 'unconditional' | 'conditional' | 'none'

/** What a conditional resource must say: 共享范围 and 使用用途 (Order 809, art. 15). */
export interface ShareCondition {
  readonly scope: Label
  readonly use: Label
}

export interface Sharing {
  readonly shareType: ShareType
  /** Present exactly when the share type is `conditional`. */
  readonly shareCondition?: ShareCondition
  /** Always present when the share type is `none`. */
  readonly legalBasis?: LegalBasis
}
