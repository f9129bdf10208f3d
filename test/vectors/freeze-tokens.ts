/** Freezes tokens, credentials, status lists and requests. */
import { publicJwk } from '../../sdk/jws/jwk.ts'
import { signJws } from '../../sdk/jws.ts'
import { spkiText } from '../../sdk/log-key.ts'
import { utf8 } from '../../sdk/primitives.ts'
import { bodyHash, signRequestToken } from '../../sdk/request-token.ts'
import { issueSdJwt, presentSdJwt } from '../../sdk/sd-jwt/issue.ts'
import { bindSdJwt } from '../../sdk/sd-jwt/key-binding.ts'
import { encodeStatusList } from '../../sdk/status.ts'
import { ecKeys } from '../../certs-dev/certforge/forge.ts'
import { items, seconds, uri } from '../forging.ts'
import { exchange, issuingAt as at } from '../issuing.ts'
import { curves, frozenAt } from './freeze-set.ts'
import type { FrozenSet } from './freeze-set.ts'

export function freezeTokens({ freeze }: FrozenSet): void {
  for (const curve of curves) {
    const { publicKey, privateKey: key } = ecKeys(curve)
    const signed = { at: frozenAt, key: spkiText(publicKey) }
    const token = signJws({ header: { typ: 'JWT', kid: '1' }, payload: '{"a":"证"}', key })
    const [protectedText, payload, signature] = token.split('.')
    freeze('signed token', signed, {
      [`token-${curve}.jwt`]: token,
      [`token-${curve}.json`]: JSON.stringify({ payload, protected: protectedText, signature }),
    })
    const wallet = ecKeys()
    const credential = issueSdJwt({
      claims: {
        vct: 'urn:test',
        ...items,
        address: { city: '海口' },
        cnf: { jwk: publicJwk(wallet.publicKey) },
      },
      disclose: [['name'], ['scope', 1], ['address', 'city'], ['address']],
      ...{ key, decoys: 2 },
    })
    const some = presentSdJwt(credential, [['address', 'city']])
    const bind = { key: wallet.privateKey, audience: 'verifier', nonce: 'n-1', at }
    freeze('credential', signed, {
      [`credential-${curve}.sd-jwt`]: credential,
      [`credential-${curve}-some.sd-jwt`]: some,
      [`credential-${curve}-none.sd-jwt`]: presentSdJwt(credential, []),
    })
    freeze(
      'credential',
      { ...signed, nonce: 'n-1' },
      {
        [`credential-${curve}-bound.sd-jwt`]: bindSdJwt(some, bind),
      },
    )
    for (const bits of [1, 2, 4, 8] as const) {
      const statuses = Array.from({ length: 64 }, (_, i) => i % 2 ** bits)
      const iat = seconds(at)
      const claims = {
        sub: uri,
        iat,
        exp: iat + 900,
        ttl: 300,
        status_list: encodeStatusList({ bits, statuses }),
      }
      freeze(
        'status list',
        { ...signed, origin: uri },
        {
          [`status-list-${curve}-${bits}.jwt`]: signJws({
            header: { typ: 'statuslist+jwt' },
            ...{ payload: JSON.stringify(claims), key },
          }),
        },
      )
    }
    const body = '{ licences }'
    const request = {
      ...{ iss: 'haikouMarket', sub: 'officer-1', aud: exchange, iat: seconds(at) },
      ...{ exp: seconds(at) + 60, jti: 'q7J0Zr0m3l2nV5d8yYxwKA', htm: 'POST', htu: '/graphql' },
      ...{ bh: bodyHash(utf8(body)), purpose: { item: 'open', case: '2026-1', basis: 'law' } },
    }
    freeze(
      'request token',
      { ...signed, origin: exchange, data: body },
      {
        [`request-${curve}.jwt`]: signRequestToken(request, key, 'k1'),
      },
    )
  }
}
