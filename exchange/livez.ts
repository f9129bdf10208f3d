/**
 * The health check of the container: whether the exchange on this machine answers `/livez`. Its own
 * certificate is not judged, because it is not issued for the loopback address; nothing is sent to it.
 */
import { request as requestPlain } from 'node:http'
import { request as requestSecurely } from 'node:https'
import { readConfig } from './config.ts'

const timeoutMs = 2_000

const { port, tls } = readConfig(process.env)
const options = { host: '127.0.0.1', port, path: '/livez', timeout: timeoutMs }
const sent = tls
  ? requestSecurely({ ...options, rejectUnauthorized: false })
  : requestPlain(options)
sent.on('response', ({ statusCode }) => process.exit(statusCode === 200 ? 0 : 1))
sent.on('timeout', () => process.exit(1))
sent.on('error', () => process.exit(1))
sent.end()
