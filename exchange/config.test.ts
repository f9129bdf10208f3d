import { expect, test } from 'vitest'
import { Problem } from '../sdk/problem.ts'
import { readConfig } from './config.ts'

function refusedSetting(environment: NodeJS.ProcessEnv): unknown {
  try {
    readConfig(environment)
    return undefined
  } catch (thrown) {
    if (thrown instanceof Problem && thrown.code === 'invalid-config')
      return thrown.detail['setting']
    throw thrown
  }
}

const production = {
  ...{ NODE_ENV: 'production', DATABASE_URL: 'postgres://db.example/zhengtong' },
  ...{ TLS_CERTIFICATE: 'server.pem', TLS_KEY: 'server.key' },
}

test.for([
  { environment: { PORT: '65536' }, setting: 'PORT' },
  { environment: { METRICS_PORT: 'x' }, setting: 'METRICS_PORT' },
  { environment: { DATABASE_URL: 'mysql://x' }, setting: 'DATABASE_URL' },
  { environment: { EXCHANGE_ID: 'Exchange' }, setting: 'EXCHANGE_ID' },
  { environment: { LOG_LEVEL: 'loud' }, setting: 'LOG_LEVEL' },
  { environment: { DRAIN_DELAY: '301' }, setting: 'DRAIN_DELAY' },
  { environment: { DRAIN_DELAY: '-1' }, setting: 'DRAIN_DELAY' },
  { environment: { VERIFY_PER_MINUTE: '0' }, setting: 'VERIFY_PER_MINUTE' },
  { environment: { VERIFY_PER_MINUTE: '1000000' }, setting: undefined },
  { environment: { VERIFY_PER_MINUTE: '1000001' }, setting: 'VERIFY_PER_MINUTE' },
  { environment: { HOST: 'a host' }, setting: 'HOST' },
  { environment: { DATABASE_ULR: 'postgres://x/y' }, setting: undefined },
  { environment: { DATABASE_UR: 'postgres://x/y' }, setting: 'DATABASE_UR' },
  { environment: { EXCHANGEID: 'a' }, setting: 'EXCHANGEID' },
  { environment: { KEY_FOLDER: 'a' }, setting: 'KEY_FOLDER' },
  { environment: { log_level: 'info' }, setting: 'log_level' },
  { environment: { METRIC_PORT: '1' }, setting: 'METRIC_PORT' },
  { environment: { METRIC_PORT: '1', METRICS_PORT: '2' }, setting: undefined },
  { environment: { Source_Police_Url: 'x' }, setting: 'Source_Police_Url' },
  { environment: { SOURCE_THE_POLICE_URL: 'x' }, setting: 'SOURCE_THE_POLICE_URL' },
  { environment: { SOURCE_POLICE_TOKN: 'x' }, setting: undefined },
  { environment: { SOURCE_POLICE_TOKEN: 'x'.repeat(16) }, setting: 'SOURCE_POLICE_URL' },
  { environment: { source_police_token: 'x'.repeat(16) }, setting: 'source_police_token' },
  { environment: { SOURCE_POLICE_URL: 'http://police.example' }, setting: 'SOURCE_POLICE_URL' },
  { environment: { SOURCE_POLICE_URL: 'https://p.example' }, setting: 'SOURCE_POLICE_TOKEN' },
  { environment: { FAULT: 'before-sign@1' }, setting: 'FAULT' },
  { environment: { FAULT: 'before-sign@1', NODE_ENV: 'test' }, setting: 'FAULT' },
  { environment: { SOURCE_POLICE_CA: 'x' }, setting: 'SOURCE_POLICE_URL' },
  { environment: { SOURCE_THE_POLICE_CA: 'x' }, setting: 'SOURCE_THE_POLICE_CA' },
  {
    environment: { SIGNING_SERVER_URL: 'http://hsm.example' },
    setting: 'SIGNING_SERVER_URL',
  },
  {
    environment: { SIGNING_SERVER_URL: 'https://hsm.example' },
    setting: 'SIGNING_SERVER_CERTIFICATE',
  },
  { environment: { SIGNING_SERVER_URL: 'pkcs11:token=seals' }, setting: 'SIGNING_SERVER_URL' },
  {
    environment: {
      SIGNING_SERVER_URL: 'pkcs11:token=seals?module-path=/hsm.so&pin-source=/pin',
    },
    setting: undefined,
  },
  { environment: { SIGNING_SERVER_CA: 'ca.pem' }, setting: 'SIGNING_SERVER_URL' },
  { environment: { SIGNING_SERVER_DEADLINE: '31' }, setting: 'SIGNING_SERVER_DEADLINE' },
  { environment: { TLS_KEY: 'k' }, setting: 'TLS_CERTIFICATE' },
  { environment: { TLS_CERTIFICATE: 'c' }, setting: 'TLS_KEY' },
  { environment: { TLS_CLIENT_ANCHORS: 'a' }, setting: 'TLS_CERTIFICATE' },
  {
    environment: { TLS_CERTIFICATE: 'c', TLS_KEY: 'k', TLS_CLIENT_ANCHORS: 'a' },
    setting: undefined,
  },
  { environment: { TLS_CERTIFICATES: 'c' }, setting: 'TLS_CERTIFICATES' },
  { environment: { TLS_ENDED_BY_PROXY: 'maybe' }, setting: 'TLS_ENDED_BY_PROXY' },
  {
    environment: { TLS_CERTIFICATE: 'c', TLS_KEY: 'k', TLS_ENDED_BY_PROXY: 'yes' },
    setting: 'TLS_ENDED_BY_PROXY',
  },
  { environment: { SOURCE_DATE_EPOCH: '1', POSTS: '1', HOSTS: 'x' }, setting: undefined },
])('$environment: what is refused is $setting', ({ environment, setting }) => {
  expect(refusedSetting(environment)).toBe(setting)
})

test.for([
  { changed: {}, setting: undefined },
  { changed: { DATABASE_URL: undefined }, setting: 'DATABASE_URL' },
  { changed: { LOG_LEVEL: 'debug' }, setting: 'LOG_LEVEL' },
  { changed: { TLS_CERTIFICATE: undefined, TLS_KEY: undefined }, setting: 'TLS_CERTIFICATE' },
  { changed: { TLS_CERTIFICATE: '', TLS_KEY: '' }, setting: 'TLS_CERTIFICATE' },
  { changed: { TLS_KEY: undefined }, setting: 'TLS_KEY' },
  {
    changed: { TLS_CERTIFICATE: '', TLS_KEY: '', TLS_ENDED_BY_PROXY: 'no' },
    setting: 'TLS_CERTIFICATE',
  },
  {
    changed: { TLS_CERTIFICATE: '', TLS_KEY: '', TLS_ENDED_BY_PROXY: 'yes' },
    setting: undefined,
  },
])('production with $changed: what is refused is $setting', ({ changed, setting }) => {
  expect(refusedSetting({ ...production, ...changed })).toBe(setting)
})

test('what is not said follows from the rest', () => {
  const development = readConfig({ PORT: '9000' })
  expect(development).toMatchObject({ metricsPort: 9001, drainMs: 0, production: false })
  expect(readConfig({ PORT: '0' }).metricsPort).toBe(0)
  expect(readConfig(production).drainMs).toBe(5_000)
  expect(readConfig({ DRAIN_DELAY: '2' }).drainMs).toBe(2_000)
})
