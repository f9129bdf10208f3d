import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, test } from 'vitest'
import type { JsonObject } from '../../sdk/json.ts'
import { problems } from '../../sdk/problem.ts'
import { faceRows } from './face-routes.ts'
import { logRows } from './log-routes.ts'
import { withDescription } from './openapi.ts'
import { publicRows } from './public-routes.ts'
import type { OpenRow } from './route.ts'
import { vaultRows } from './vault-routes.ts'
import { importRows } from './vault/import-rows.ts'
import { readingRows } from './vault/reading-rows.ts'
import { fieldRows } from './vault/verify-rows.ts'

/** Nothing is asked of the parts: rows are only looked at. */
const nothing = {} as never
const rows = withDescription([
  ...vaultRows(nothing),
  ...readingRows(nothing),
  ...importRows(nothing, nothing),
  ...fieldRows(nothing),
  ...faceRows(nothing),
  ...publicRows(nothing),
  ...logRows(nothing),
])
const own = rows.find(({ name }) => name === 'openapi') as OpenRow
const { body } = await own.tell({ parameters: {}, body: '', at: new Date(0), from: '' })
const document = JSON.parse(JSON.stringify(body)) as JsonObject

type Operation = Readonly<{
  operationId: string
  description: string
  security: readonly JsonObject[]
  parameters: readonly JsonObject[]
  requestBody?: { content: Readonly<Record<string, { schema: JsonObject }>> }
  responses: Readonly<
    Record<
      string,
      { description: string; content: Readonly<Record<string, { schema: JsonObject }>> }
    >
  >
}>
const paths = document['paths'] as Readonly<Record<string, Readonly<Record<string, Operation>>>>
const operations = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
)

/** What https://spec.openapis.org/oas/3.1/schema/2022-10-07 asks of the parts that we use. */
const shapeOfOpenApi = {
  type: 'object',
  required: ['openapi', 'info', 'paths'],
  properties: {
    openapi: { type: 'string', pattern: '^3\\.1\\.\\d+$' },
    info: {
      type: 'object',
      required: ['title', 'version'],
      properties: { title: { type: 'string' }, version: { type: 'string' } },
    },
    servers: { type: 'array', items: { type: 'object', required: ['url'] } },
    paths: {
      type: 'object',
      additionalProperties: false,
      patternProperties: { '^/': { $ref: '#/$defs/path' } },
    },
    components: {
      type: 'object',
      additionalProperties: false,
      properties: {
        schemas: { type: 'object' },
        securitySchemes: { additionalProperties: { type: 'object', required: ['type'] } },
        headers: { additionalProperties: { type: 'object', required: ['schema'] } },
        parameters: { additionalProperties: { $ref: '#/$defs/parameter' } },
      },
    },
  },
  additionalProperties: false,
  $defs: {
    path: {
      type: 'object',
      additionalProperties: false,
      patternProperties: { '^(get|post)$': { $ref: '#/$defs/operation' } },
    },
    operation: {
      type: 'object',
      additionalProperties: false,
      required: ['operationId', 'responses'],
      properties: {
        operationId: { type: 'string', pattern: '^[a-zA-Z][a-zA-Z0-9]*$' },
        summary: { type: 'string', minLength: 1 },
        description: { type: 'string', minLength: 1 },
        security: { type: 'array', items: { additionalProperties: { type: 'array' } } },
        parameters: {
          type: 'array',
          uniqueItems: true,
          items: { anyOf: [{ $ref: '#/$defs/reference' }, { $ref: '#/$defs/parameter' }] },
        },
        requestBody: {
          type: 'object',
          required: ['content'],
          additionalProperties: false,
          properties: { required: { type: 'boolean' }, content: { $ref: '#/$defs/content' } },
        },
        responses: {
          type: 'object',
          minProperties: 1,
          additionalProperties: false,
          patternProperties: {
            '^[1-5]\\d\\d$': {
              type: 'object',
              required: ['description'],
              additionalProperties: false,
              properties: {
                description: { type: 'string' },
                headers: { additionalProperties: { $ref: '#/$defs/reference' } },
                content: { $ref: '#/$defs/content' },
              },
            },
          },
        },
      },
    },
    parameter: {
      type: 'object',
      additionalProperties: false,
      required: ['name', 'in', 'schema'],
      properties: {
        name: { type: 'string', minLength: 1 },
        in: { enum: ['query', 'header', 'path'] },
        description: { type: 'string' },
        required: { type: 'boolean' },
        schema: { type: 'object' },
      },
      if: { properties: { in: { const: 'path' } } },
      then: { required: ['required'], properties: { required: { const: true } } },
    },
    content: {
      type: 'object',
      propertyNames: { pattern: '^[a-z]+/[a-z0-9.+-]+$' },
      additionalProperties: {
        type: 'object',
        required: ['schema'],
        additionalProperties: false,
        properties: { schema: { type: 'object' } },
      },
    },
    reference: {
      type: 'object',
      additionalProperties: false,
      required: ['$ref'],
      properties: { $ref: { type: 'string', pattern: '^#/components/' } },
    },
  },
}

test('the description has the shape of OpenAPI 3.1', () => {
  const fits = new Ajv2020({ allErrors: true, strict: false }).compile(shapeOfOpenApi)
  fits(document)
  expect(fits.errors).toBeNull()
})

test('every reference leads to something', () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)]
  const found = references.map(([, place = '']) =>
    place.split('/').reduce<unknown>((at, step) => (at as JsonObject)[step], document),
  )
  expect(references.length).toBeGreaterThan(operations.length)
  expect(found.filter((target) => typeof target !== 'object')).toEqual([])
})

test('every schema in it is one that a validator takes', () => {
  const ajv = new Ajv2020({ strict: true, strictTypes: false })
  const schemas = operations.flatMap(({ operation: { requestBody, responses } }) => [
    ...Object.values(requestBody?.content ?? {}),
    ...Object.values(responses).flatMap(({ content }) => Object.values(content)),
  ])
  const local = schemas.filter(({ schema }) => !('$ref' in schema))
  expect(local.length).toBeGreaterThan(rows.length)
  for (const { schema } of local)
    expect(ajv.validateSchema(schema), JSON.stringify(schema)).toBe(true)
})

test('operations are named once, and each says what its path has', () => {
  const names = operations.map(({ operation }) => operation.operationId)
  expect(new Set(names).size).toBe(rows.length)
  for (const { path, operation } of operations) {
    const inPath = operation.parameters.filter((parameter) => parameter['in'] === 'path')
    const places = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
    expect(inPath.map(({ name }) => name).sort(), path).toEqual(places.sort())
  }
})

test('who asks with a token and who without is what the rows say', () => {
  const needToken = operations
    .filter(({ operation }) => operation.security.length > 0)
    .map(({ path }) => path)
  expect(needToken).toEqual(rows.filter(({ who }) => who !== 'anyone').map(({ path }) => path))
  expect(needToken.every((path) => path.startsWith('/vault/'))).toBe(true)
})

test('nothing that may name a person can stand in an address', () => {
  const allowed = [
    'after',
    'at',
    'code',
    'knownAt',
    'leaf',
    'licenceId',
    'list',
    'new',
    'old',
    'rest',
    'runId',
    'shard',
    'time',
  ]
  const named = operations.flatMap(({ operation }) =>
    operation.parameters.flatMap(({ name }) => (typeof name === 'string' ? [name] : [])),
  )
  expect([...new Set(named)].sort()).toEqual(allowed)
})

test('an answer that says no has its shape too', () => {
  const { responses } = paths['/readyz']?.['get'] ?? {}
  expect(Object.keys(responses?.['503']?.content ?? {})).toEqual([
    ...['application/json', 'application/problem+json'],
  ])
  expect(responses?.['503']?.content['application/json']).toEqual(
    responses?.['200']?.content['application/json'],
  )
})

test('the problems it names exist, each under one status', () => {
  for (const { path, operation } of operations) {
    const codes = Object.entries(operation.responses)
      .filter(([status]) => Number(status) >= 400)
      .flatMap(([, { description }]) => description.split(', '))
    expect(
      codes.filter((code) => !Object.hasOwn(problems, code)),
      path,
    ).toEqual([])
    expect(new Set(codes).size, path).toBe(codes.length)
  }
})

test('everything that is taken refuses members that nobody described', () => {
  const open = operations.flatMap(({ path, operation }) => {
    const { schema } = operation.requestBody?.content['application/json'] ?? {}
    return schema
      ? objectsIn(schema)
          .filter(isOpen)
          .map(() => path)
      : []
  })
  expect(open).toEqual([])
})

function isOpen({ additionalProperties, maxProperties }: JsonObject): boolean {
  return additionalProperties !== false && maxProperties === undefined
}

function objectsIn(schema: JsonObject): JsonObject[] {
  const inner = Object.values(schema).filter(
    (value): value is JsonObject => typeof value === 'object' && value !== null,
  )
  return [...(schema['type'] === 'object' ? [schema] : []), ...inner.flatMap(objectsIn)]
}
