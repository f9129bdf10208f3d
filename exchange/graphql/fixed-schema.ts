/** The part of the GraphQL schema that does not depend on the catalogue, as a person reads it. */
import { buildSchema } from 'graphql'
import type { GraphQLSchema } from 'graphql'

const sdl = /* GraphQL */ `
  type Query {
    "持证主体的证照 The licences of one holder, each opened to the granted items"
    licences(holder: HolderInput!, types: [String!]): [LicenceAnswer!]!
    "按证照标识 One licence by its identifier"
    licence(licenceId: ID!): LicenceAnswer
    "事项材料 What the item requires and what need not be asked; fetch: also get all that is allowed"
    materials(item: String!, case: String!, fetch: Boolean = false): MaterialPlan!
    "审计 What the log holds; for departments that supervise"
    audit(filter: AuditFilter, first: Int = 50, after: String): AuditPage!
    "授权 The grants of a department, by default one's own"
    grants(department: String): [Grant!]!
  }

  type Mutation {
    openCase(input: CaseInput!): Case!
    closeCase(number: ID!): Case!
  }

  type Label {
    zh: String!
    en: String!
  }

  "来源 Where a value comes from and how old it may be (ISO 8601 duration)"
  type Source {
    department: String!
    resource: String!
    version: String!
    at: String!
    freshness: String!
  }

  "持证主体 codeType by GB/T 36903 annex A: 001 USCC, 111 citizen number"
  input HolderInput {
    codeType: String!
    code: String!
  }

  "证照 A licence; document is an SD-JWT with just the granted disclosures"
  interface LicenceAnswer {
    licenceId: ID!
    type: String!
    state: String!
    "可信等级 A sealed at issue, B historical stock"
    grade: String!
    validFrom: String!
    validUntil: String
    "关联证照标识 The licence whose place it took, and the one that took or will take its own"
    supersedes: ID
    supersededBy: ID
    document: String!
    "The log entry of its issue, base64url: with its proof it shows when the document existed"
    issueEntry: String!
    source: Source!
  }

  input PartyInput {
    role: String!
    codeType: String!
    code: String!
    name: String!
  }

  input CaseInput {
    number: ID!
    item: String!
    parties: [PartyInput!]!
  }

  "办件"
  type Case {
    number: ID!
    item: String!
    state: String!
    openedAt: String!
    closedAt: String
  }

  type MaterialPlan {
    item: String!
    case: String!
    materials: [Material!]!
  }

  "申请材料 state: obtainable, obtained, applicant; by: licence, predicate, data, applicant"
  type Material {
    code: String!
    name: Label!
    state: String!
    by: String!
    resource: String
    fields: [String!]!
    reasons: [Label!]!
    licences: [LicenceAnswer!]
    holds: Boolean
    data: [NamedValue!]
    source: Source
  }

  type NamedValue {
    field: String!
    value: String
  }

  input AuditFilter {
    kind: String
    department: String
    officer: String
    case: String
    item: String
    decision: String
    licenceId: String
    subject: HolderInput
    from: String
    until: String
  }

  type AuditPage {
    entries: [AuditEntry!]!
    "Give it as after to read on; null at the end"
    next: String
  }

  "日志条目 body is the exact entry, canonical JSON; leaf is its hash in the tree"
  type AuditEntry {
    leaf: String!
    origin: String!
    index: Int
    recordedAt: String!
    kind: String!
    department: String
    officer: String
    case: String
    item: String
    decision: String
    body: String!
  }

  type Grant {
    code: String!
    department: String!
    resource: String!
    fields: [String!]!
    items: [String!]!
    legalBasis: Label!
    from: String!
    until: String!
  }
`

/** Built anew for each generated schema, because types of a schema belong to it. */
export function fixedSchema(): GraphQLSchema {
  return buildSchema(sdl)
}
