/** Which operation of a document is meant, and the values of its variables. */
import { getVariableValues, Kind } from 'graphql'
import type {
  DocumentNode,
  ExecutionArgs,
  FragmentDefinitionNode,
  OperationDefinitionNode,
} from 'graphql'
import { Problem } from '../../sdk/problem.ts'
import type { Selecting } from './selection.ts'

export function operationOf(args: ExecutionArgs): {
  operation: OperationDefinitionNode
  selecting: Selecting
} {
  const { document, operationName, schema, variableValues } = args
  const operation = findOperation(document, operationName ?? undefined)
  const values = getVariableValues(
    schema,
    operation.variableDefinitions ?? [],
    variableValues ?? {},
  )
  // Execution would say the same; saying it before planning keeps sources untouched.
  if (values.errors) throw values.errors[0] ?? new Problem('invalid-query')
  return { operation, selecting: { fragments: fragmentsOf(document), variables: values.coerced } }
}

function findOperation(document: DocumentNode, name: string | undefined): OperationDefinitionNode {
  const operations = document.definitions.filter((one) => one.kind === Kind.OPERATION_DEFINITION)
  const [only] = operations
  const found = name === undefined ? only : operations.find((one) => one.name?.value === name)
  if (!found || (name === undefined && operations.length > 1)) {
    throw new Problem('invalid-query', { rule: 'operationName' })
  }
  return found
}

function fragmentsOf(document: DocumentNode): Record<string, FragmentDefinitionNode> {
  const fragments = document.definitions.filter((one) => one.kind === Kind.FRAGMENT_DEFINITION)
  return Object.fromEntries(fragments.map((fragment) => [fragment.name.value, fragment]))
}
