/**
 * A department must speak over its own connection: who holds another one's request key, but not its
 * TLS key, gets nothing. The token has proven who asks by then, so the refusal has its log entry.
 */
import { Problem } from '../../sdk/problem.ts'
import { answerHash } from '../../sdk/receipt.ts'
import type { Recorder } from '../audit/record.ts'
import type { Caller } from '../caller.ts'

const code = 'certificate-of-other-department'

/** @throws Problem certificate-of-other-department, and what `record` throws */
export async function checkConnection(
  { recorder, catalogue }: { readonly recorder: Recorder; readonly catalogue: string },
  caller: Caller,
  at: Date,
): Promise<void> {
  const { connectedAs = caller.department } = caller
  if (connectedAs === caller.department) return
  const item = { resource: 'connection', fields: [], subject: undefined } as const
  await recorder.record({
    ...{ caller, at, catalogue, answerHash: answerHash(null), kind: 'refusal' },
    ...{ decision: 'refused', items: [{ ...item, decision: 'refused', code }] },
  })
  throw new Problem(code)
}
