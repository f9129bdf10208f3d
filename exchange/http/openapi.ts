/**
 * The rows as an OpenAPI 3.1 document, for programs that generate clients and people who read. It is
 * made from what the server was made from; only the words around it stand here.
 */
import type { JsonObject } from '../../sdk/json.ts'
import type { ProblemCode } from '../../sdk/problem.ts'
import { openRow } from './route.ts'
import type { AnyRow } from './route.ts'
import { statusOf } from './status.ts'

/** Adds the row that tells of all of them, itself among them. */
export function withDescription(rows: readonly AnyRow[]): readonly AnyRow[] {
  const own = openRow({
    ...{ method: 'GET', path: '/openapi.json', name: 'openapi', who: 'anyone' },
    summary: { zh: '本接口的说明', en: 'This description' },
    answer: { shape: { schema: { type: 'object' } } },
    problems: [],
    tell: () => Promise.resolve({ body: description }),
  })
  const all = [...rows, own]
  const description = describe(all)
  return all
}

const words = {
  title: '证通 Zhengtong',
  version: '1',
  description:
    'The vault, verification and the log over HTTP. Licences and data for cases are asked over POST /graphql.',
}

function describe(rows: readonly AnyRow[]): JsonObject {
  const paths: Record<string, Record<string, JsonObject>> = {}
  for (const row of rows) {
    const path = (paths[row.path] ??= {})
    path[row.method.toLowerCase()] = operation(row)
  }
  return {
    openapi: '3.1.1',
    info: words,
    servers: [{ url: '/' }],
    paths,
    components: { ...{ securitySchemes, headers, schemas: { Problem: problem } }, parameters },
  }
}

function operation(row: AnyRow): JsonObject {
  const needsToken = row.who !== 'anyone'
  const body = requestBody(row)
  return {
    operationId: row.name,
    summary: row.summary.en,
    description: `${row.summary.zh} · ${whos[row.who]}`,
    security: needsToken ? [{ requestToken: [] }] : [],
    parameters: [...parametersOf(row), ...(needsToken ? ofRequests : [])],
    ...(body && { requestBody: body }),
    responses: { ...success(row), ...failures(row) },
  }
}

const whos = {
  issuer: 'the department that issues or issued it',
  department: 'any department, within its grants',
  anyone: 'anyone, without a token',
} as const

function parametersOf({ path, parameters: shape }: AnyRow): readonly JsonObject[] {
  const { properties = {}, required = [] } = (shape?.schema ?? {}) as {
    readonly properties?: Readonly<Record<string, JsonObject>>
    readonly required?: readonly string[]
  } // The schema of an `object` of shapes.
  return Object.entries(properties).map(([name, schema]) => {
    const isInPath = path.includes(`{${name}}`)
    return {
      ...{ name, schema, in: isInPath ? 'path' : 'query' },
      required: isInPath || required.includes(name),
    }
  })
}

function requestBody(row: AnyRow): JsonObject | undefined {
  const raw = row.who === 'anyone' ? Object.keys(row.raw ?? {}) : []
  const content = {
    ...(row.body && { 'application/json': { schema: row.body.schema } }),
    ...Object.fromEntries(raw.map((type) => [type, { schema: { type: 'string' } }])),
  }
  return Object.keys(content).length === 0 ? undefined : { required: true, content }
}

function success({ answer, summary }: AnyRow): JsonObject {
  const { status = 200 } = answer
  return {
    [status]: {
      description: summary.en,
      headers: requestIdHeader,
      content: contentOf(answer),
    },
  }
}

function contentOf({ type = 'application/json', shape }: AnyRow['answer']): JsonObject {
  const media = type.split(';', 1)[0] ?? type
  return { [media]: { schema: shape?.schema ?? { type: 'string' } } }
}

/** What any request may meet, and what only those with a token may. */
const ofAll: readonly ProblemCode[] = [
  ...(['invalid-request', 'invalid-json', 'invalid-encoding', 'unsupported-media-type'] as const),
  ...(['body-too-large', 'url-too-long', 'headers-too-large', 'request-timeout'] as const),
  ...(['database-unavailable', 'took-too-long', 'internal'] as const),
]
const ofDepartments: readonly ProblemCode[] = [
  ...(['not-authenticated', 'too-many-requests', 'request-id-reused'] as const),
  ...(['attempt-already-recorded', 'audit-unavailable'] as const),
]

function failures({ who, problems, answer }: AnyRow): JsonObject {
  const ofWho = who === 'issuer' ? (['not-an-issuer', ...ofDepartments] as const) : ofDepartments
  const codes = [...problems, ...ofAll, ...(who === 'anyone' ? [] : ofWho)]
  const byStatus = Map.groupBy(new Set(codes), statusOf)
  return Object.fromEntries(
    [...byStatus].map(([status, some]) => [
      status,
      {
        description: some.join(', '),
        headers: requestIdHeader,
        content: {
          ...(status === answer.statusOfNo && contentOf(answer)),
          'application/problem+json': { schema: reference('schemas/Problem') },
        },
      },
    ]),
  )
}

function reference(place: string): JsonObject {
  return { $ref: `#/components/${place}` }
}

const requestIdHeader = { 'exchange-request-id': reference('headers/RequestId') }
const headers = {
  RequestId: { description: 'Names this request in every log', schema: { type: 'string' } },
}

const securitySchemes = {
  requestToken: {
    ...{ type: 'http', scheme: 'bearer', bearerFormat: 'JWS' },
    description: 'A request token of the department, signed anew for every request',
  },
}

const parameters = {
  IdempotencyKey: {
    ...{ name: 'Idempotency-Key', in: 'header', required: false },
    description: 'The request id; every attempt of one request has the same',
    schema: { type: 'string', pattern: '^[A-Za-z0-9_.-]{1,128}$' },
  },
  Attempt: {
    ...{ name: 'Attempt', in: 'header', required: false },
    description: 'Which attempt this is',
    schema: { type: 'integer', minimum: 1, maximum: 1_000, default: 1 },
  },
}
const ofRequests = ['IdempotencyKey', 'Attempt'].map((name) => reference(`parameters/${name}`))

const texts = ['type', 'title', 'title-zh', 'code', 'remedy', 'instance']
const problem = {
  description: 'RFC 9457. The codes stand in docs/problems.md.',
  type: 'object',
  properties: {
    ...Object.fromEntries(texts.map((name) => [name, { type: 'string' }])),
    ...{ status: { type: 'integer' }, detail: { type: 'object' } },
  },
  required: [...texts, 'status'],
}
