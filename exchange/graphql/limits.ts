/**
 * How much one operation may ask, checked on the parsed document before anything is planned. The
 * walk follows fragments as an execution would and stops at the first limit it meets, so documents
 * built to explode cost no more than the limit.
 */
import {
  getNamedType,
  getNullableType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
} from 'graphql'
import type {
  DocumentNode,
  FieldNode,
  FragmentDefinitionNode,
  GraphQLNamedType,
  GraphQLSchema,
  NamedTypeNode,
  SelectionSetNode,
} from 'graphql'
import { Problem } from '../../sdk/problem.ts'

export const queryLimits = {
  tokens: 1_000,
  depth: 8,
  aliases: 15,
  directives: 10,
  rootFields: 5,
  fragments: 20,
  cost: 5_000,
} as const

/** What an answer may hold, whatever its operation seemed to cost; see `answer-size.ts`. */
export const answerLimits = {
  /** Objects that stand in lists, wherever in the answer. */
  rows: 1_000,
  bytes: 8_388_608,
} as const

/** How many elements a list field is expected to bring, for the cost of what is selected below it. */
const listSizes: Readonly<Record<string, number>> = {
  'Query.licences': 20,
  'Query.grants': 50,
  'MaterialPlan.materials': 20,
  'Material.licences': 5,
  'AuditPage.entries': 50,
}
const otherListSize = 10

interface Walk {
  readonly schema: GraphQLSchema
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>
  readonly found: { cost: number; aliases: number; directives: number }
}

/** @throws Problem query-too-complex with the limit and what was found */
export function checkLimits(document: DocumentNode, schema: GraphQLSchema): void {
  const fragments = document.definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION)
  check('fragments', fragments.length)
  const walk: Walk = {
    schema,
    fragments: new Map(
      (fragments as FragmentDefinitionNode[]).map((fragment) => [fragment.name.value, fragment]),
    ),
    found: { cost: 0, aliases: 0, directives: 0 },
  }
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue
    check('rootFields', countFields(definition.selectionSet, walk))
    const parent = schema.getRootType(definition.operation) ?? undefined
    visit(definition.selectionSet, walk, { parent, depth: 1, weight: 1 })
  }
}

interface Place {
  readonly parent: GraphQLNamedType | undefined
  readonly depth: number
  readonly weight: number
}

function visit(set: SelectionSetNode, walk: Walk, place: Place): void {
  check('depth', place.depth)
  for (const node of set.selections) {
    count(walk, 'directives', node.directives?.length ?? 0)
    if (node.kind === Kind.FIELD) visitField(node, walk, place)
    else if (node.kind === Kind.INLINE_FRAGMENT) {
      visit(node.selectionSet, walk, narrowed(place, walk, node.typeCondition))
    } else {
      const fragment = walk.fragments.get(node.name.value)
      if (fragment)
        visit(fragment.selectionSet, walk, narrowed(place, walk, fragment.typeCondition))
    }
  }
}

function narrowed(place: Place, { schema }: Walk, condition: NamedTypeNode | undefined): Place {
  return condition ? { ...place, parent: schema.getType(condition.name.value) } : place
}

function visitField(node: FieldNode, walk: Walk, { parent, depth, weight }: Place): void {
  count(walk, 'cost', weight)
  if (node.alias) count(walk, 'aliases', 1)
  if (!node.selectionSet) return
  const { type, size } = shapeOf(parent, node.name.value)
  visit(node.selectionSet, walk, { parent: type, depth: depth + 1, weight: weight * size })
}

/** The type below a field and how often it may occur. Introspection fields are lists of nothing big. */
function shapeOf(
  parent: GraphQLNamedType | undefined,
  field: string,
): { type: GraphQLNamedType | undefined; size: number } {
  const hasFields = isObjectType(parent) || isInterfaceType(parent)
  const output = hasFields ? parent.getFields()[field]?.type : undefined
  if (!parent || !output) return { type: undefined, size: 1 }
  const isList = isListType(getNullableType(output))
  const size = isList ? (listSizes[`${parent.name}.${field}`] ?? otherListSize) : 1
  return { type: getNamedType(output), size }
}

function countFields(set: SelectionSetNode, walk: Walk): number {
  let fields = 0
  for (const node of set.selections) {
    if (node.kind === Kind.FIELD) fields += 1
    else if (node.kind === Kind.INLINE_FRAGMENT) fields += countFields(node.selectionSet, walk)
    else {
      const fragment = walk.fragments.get(node.name.value)
      if (fragment) fields += countFields(fragment.selectionSet, walk)
    }
    check('rootFields', fields)
  }
  return fields
}

function count(walk: Walk, what: keyof Walk['found'], amount: number): void {
  walk.found[what] += amount
  check(what, walk.found[what])
}

function check(what: keyof typeof queryLimits, found: number): void {
  const limit = queryLimits[what]
  if (found > limit) throw new Problem('query-too-complex', { what, limit, found })
}
