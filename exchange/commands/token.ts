/** A signed request token, to try the exchange with curl. */
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { toBase64url } from '../../sdk/base64url.ts'
import { Problem } from '../../sdk/problem.ts'
import { bodyHash, requestTokenLimits, signRequestToken } from '../../sdk/request-token.ts'
import { openDepartment } from '../development.ts'
import type { Shell } from './shell.ts'
import { withExamples } from './words.ts'

interface TokenOptions {
  readonly department: string
  readonly officer: string
  readonly method: string
  readonly path: string
  readonly body?: string
  readonly item?: string
  readonly case?: string
}

export function addTokenCommand(program: Command, shell: Shell): void {
  withExamples(program.command('token'), [
    'token --department meilanMarket --officer 0898 --method POST --path /graphql --body query.json > token',
    '# curl -H "authorization: Bearer $(cat token)" -H "content-type: application/json" \\',
    '#      --data-binary @query.json http://127.0.0.1:8080/graphql',
  ])
    .description('sign a token for exactly one request of the next minute')
    .requiredOption('--department <code>', 'whose key in KEYS_FOLDER signs')
    .requiredOption('--officer <id>', 'in whose name')
    .requiredOption('--method <method>', 'GET or POST')
    .requiredOption('--path <path>', 'such as /graphql, without query')
    .option('--body <file>', 'the exact bytes that will be sent')
    .option('--item <code>', 'service item of the case')
    .option('--case <number>', 'the case it is for')
    .action((options: TokenOptions) => runToken(shell, options))
}

async function runToken({ config, clock, terminal }: Shell, options: TokenOptions): Promise<void> {
  const { exchangeId, keysFolder } = config()
  const { department, officer, method, path } = options
  if (!/^\/[^?#\s]*$/.test(path)) refuse('path', 'a path without query, such as /graphql')
  if (!/^[A-Z]{3,7}$/.test(method)) refuse('method', 'GET or POST')
  if (!/^[a-z][a-zA-Z0-9]{0,63}$/.test(department)) refuse('department', 'a department code')
  const body = options.body === undefined ? new Uint8Array() : await readFile(options.body)
  const { key, kid } = await openDepartment(keysFolder, department)
  const now = Math.floor(clock().getTime() / 1_000)
  const token = signRequestToken(
    {
      ...{ iss: department, sub: officer, aud: exchangeId },
      ...{ iat: now, exp: now + requestTokenLimits.lifetimeSeconds },
      jti: toBase64url(randomBytes(requestTokenLimits.jtiBytesMin)),
      ...{ htm: method, htu: path, bh: bodyHash(body) },
      ...purposeOf(options),
    },
    key,
    kid,
  )
  terminal.answer({ token }, [token])
}

function purposeOf(options: TokenOptions) {
  const { item, case: number } = options
  if (item === undefined && number === undefined) return {}
  if (item === undefined || number === undefined) return refuse('item, case', 'both or neither')
  return { purpose: { item, case: number } }
}

function refuse(place: string, expected: string): never {
  throw new Problem('invalid-request', { place, expected })
}
