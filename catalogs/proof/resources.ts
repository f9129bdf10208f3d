/** Resources: owners, keys and subjects, predicates, and that the source can really give each field. */
import type { Draft } from '../draft.ts'
import { finding } from '../finding.ts'
import type { Finding } from '../finding.ts'
import type { Resource } from '../types.ts'
import type { Field, LicenceType } from '../types/licence-type.ts'
import { expressionFault, expressionRemedy } from './expression.ts'
import { proveFields } from './fields.ts'
import { provePredicates } from './predicates.ts'
import { areUnique, resolves } from './reference.ts'
import { proveSharing } from './sharing.ts'

export function* proveResources(draft: Draft): Generator<Finding> {
  const holders = new Map<string, string>()
  const connections = new Map<string, Resource>()
  for (const [code, resource] of draft.resources) {
    const file = `resources/${code}.json`
    yield* proveOfficialCode(file, resource, holders)
    yield* proveOwner(draft, file, resource)
    yield* proveKeys(file, resource)
    if (!resource.subject) yield* proveNobody(file, resource)
    yield* provePredicates(file, resource)
    yield* proveSource(draft, file, resource)
    yield* proveConnection(file, resource, connections)
    yield* proveFields(draft, file, resource)
    yield* proveSharing(file, resource)
  }
}

const classDigits: Readonly<Record<Resource['classification']['class'], string>> = {
  base: '1',
  theme: '2',
  department: '3',
}

function* proveOfficialCode(
  file: string,
  { code, officialCode, classification }: Resource,
  holders: Map<string, string>,
): Generator<Finding> {
  const digit = classDigits[classification.class]
  if (!officialCode.startsWith(digit)) {
    yield finding(file, ['officialCode'], {
      what: `does not begin with ${digit}, the digit of the class ${classification.class}`,
      remedy: 'correct the code or the class',
    })
  }
  const twin = holders.get(officialCode)
  if (twin !== undefined) {
    yield finding(file, ['officialCode'], {
      what: `is also the official code of ${twin}`,
      remedy: 'give each resource its own serial',
    })
  }
  holders.set(officialCode, code)
}

function* proveOwner(draft: Draft, file: string, { owner }: Resource): Generator<Finding> {
  yield* resolves(draft, { file, steps: ['owner'] }, { folder: 'departments', code: owner })
  const department = draft.departments.get(owner)
  if (!department || department.roles.includes('source')) return
  yield finding(file, ['owner'], {
    what: `${owner} does not have the role source`,
    remedy: `add the role in departments/${owner}.json or name another owner`,
  })
}

function* proveKeys(file: string, { keys, subject }: Resource): Generator<Finding> {
  yield* areUnique({ file, steps: ['keys'] }, keys)
  for (const [index, { pattern }] of keys.entries()) {
    const fault = expressionFault(pattern)
    if (!fault) continue
    yield finding(file, ['keys', index, 'pattern'], { what: fault, remedy: expressionRemedy })
  }
  if (!subject || keys.some(({ code }) => code === subject.key)) return
  yield finding(file, ['subject', 'key'], {
    what: `${subject.key} is not a key of this resource`,
    remedy: `name one of ${keys.map(({ code }) => code).join(', ')}`,
  })
}

/** The gate asks of data about somebody that he is a party to the case; of the rest it cannot. */
function* proveNobody(file: string, resource: Resource): Generator<Finding> {
  if (resource.shareType !== 'unconditional') {
    yield finding(file, ['shareType'], {
      what: `${resource.shareType}, but no subject is named, so no case could justify a grant`,
      remedy: 'name the subject, or share it unconditionally',
    })
  }
  for (const [index, field] of resource.fields.entries()) {
    if (!field.personal) continue
    yield finding(file, ['fields', index, 'personal'], {
      what: `${field.code} is about a person, but no subject is named`,
      remedy: 'name the subject, or take the field out',
    })
  }
}

function* proveSource(draft: Draft, file: string, resource: Resource): Generator<Finding> {
  const { source, shareType, shareMethod } = resource
  if ((shareType === 'none') !== (source.kind === 'withheld')) {
    yield finding(file, ['source', 'kind'], {
      what: `${source.kind} does not go with the share type ${shareType}`,
      remedy: 'connect nothing (withheld) to what is not shared, and only to that',
    })
  }
  if ((shareType === 'none') !== (shareMethod === 'none')) {
    yield finding(file, ['shareMethod'], {
      what: `${shareMethod} does not go with the share type ${shareType}`,
      remedy: 'write none for what is not shared, and only for that',
    })
  }
  if (source.kind === 'postgres') yield* proveColumns(file, resource, source.columns)
  if (source.kind === 'vault') {
    const steps = ['source', 'type']
    yield* resolves(draft, { file, steps }, { folder: 'licence-types', code: source.type })
    const type = draft.types.get(source.type)
    if (type) yield* proveView(file, resource, type)
  }
}

/** A name is configured once: one database, or one service with the secret of one department. */
function* proveConnection(
  file: string,
  resource: Resource,
  connections: Map<string, Resource>,
): Generator<Finding> {
  const { source, owner } = resource
  if (source.kind !== 'postgres' && source.kind !== 'http') return
  const [member, name] =
    source.kind === 'http' ? ['service', source.service] : ['database', source.database]
  const first = connections.get(name) ?? resource
  connections.set(name, first)
  if (first.source.kind !== source.kind) {
    yield finding(file, ['source', member], {
      what: `${name} is already the name of a source of the kind ${first.source.kind}, of ${first.code}`,
      remedy: 'give the source a name of its own',
    })
  } else if (source.kind === 'http' && first.owner !== owner) {
    yield finding(file, ['source', member], {
      what: `${name} is the service of ${first.owner}, not of ${owner}`,
      remedy: 'name the service of the owner: its secret is one department’s',
    })
  }
}

function* proveColumns(
  file: string,
  { keys, fields }: Resource,
  columns: Readonly<Record<string, string>>,
): Generator<Finding> {
  const needed = new Set([...keys, ...fields].map(({ code }) => code))
  for (const code of needed) {
    if (Object.hasOwn(columns, code)) continue
    yield finding(file, ['source', 'columns'], {
      what: `no column is named for ${code}`,
      remedy: 'name the column, or take the field out',
    })
  }
  for (const code of Object.keys(columns)) {
    if (needed.has(code)) continue
    yield finding(file, ['source', 'columns', code], {
      what: `${code} is neither a key nor a field`,
      remedy: 'remove it: a column nobody declared must not be read',
    })
  }
}

/** A view over licences shows what the licence has, and protects it no less than the licence does. */
function* proveView(file: string, resource: Resource, type: LicenceType): Generator<Finding> {
  if (!resource.subject) {
    yield finding(file, ['source', 'kind'], {
      what: 'licences are about their holders, but no subject is named',
      remedy: 'name the subject',
    })
  } else if (!type.holderCodeTypes.includes(resource.subject.codeType)) {
    yield finding(file, ['subject', 'codeType'], {
      what: `${type.code} has no holders with codes of type ${resource.subject.codeType}`,
      remedy: `write ${type.holderCodeTypes.join(' or ')}`,
    })
  }
  for (const [index, field] of resource.fields.entries()) {
    const original = type.fields.find(({ code }) => code === field.code)
    const fault = original ? weaker(field, original) : ['code', `is not a field of ${type.code}`]
    if (!fault) continue
    const [member, what] = fault
    yield finding(file, ['fields', index, member], {
      what: `${field.code} ${what}`,
      remedy: `follow licence-types/${type.code}.json`,
    })
  }
}

function weaker(field: Field, original: Field): readonly [string, string] | undefined {
  if (field.level < original.level) return ['level', 'has a lower level than in the licence']
  if (original.personal && !field.personal) return ['personal', 'is personal in the licence']
  return field.type === original.type ? undefined : ['type', 'has another type in the licence']
}
