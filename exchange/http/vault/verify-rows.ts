/** Asking the vault about licences without seeing them. */
import { fieldCheckLimits } from '../../desk/field-check.ts'
import type { FieldCheck } from '../../desk/field-check.ts'
import { verifyOutcomes } from '../../../vault/index.ts'
import { departmentRow } from '../route.ts'
import type { AnyRow } from '../route.ts'
import { choice, named, object, text, whole } from '../shape.ts'

const code = text({ maxLength: 64, pattern: '[a-z][a-zA-Z0-9]{0,63}' })
const holder = object({
  codeType: text({ maxLength: 3, pattern: '[0-9]{3}' }),
  code: text({ maxLength: 64 }),
})
const items = named(text({ maxLength: 4_096 }), fieldCheckLimits.items)
const number = text({ maxLength: 128 })

export function fieldRows(check: FieldCheck): readonly AnyRow[] {
  return [
    departmentRow({
      ...{ method: 'POST', path: '/vault/verify-fields', name: 'verifyFields', who: 'department' },
      summary: {
        zh: '信息验证：所给信息与证照是否一致，不返回任何信息',
        en: 'Whether items are what a licence says, without any of it being told',
      },
      body: object({ type: code }, { holder, number, items }),
      answer: {
        shape: object({
          outcome: choice(...verifyOutcomes),
          number: whole({ minimum: 0, maximum: verifyOutcomes.length - 1 }),
        }),
      },
      problems: [
        ...(['case-required', 'unknown-item', 'item-of-other-department'] as const),
        ...(['unknown-case', 'case-of-other-item', 'case-closed'] as const),
        ...(['not-a-party', 'not-granted', 'unknown-resource'] as const),
        ...(['unknown-field', 'field-not-shared', 'too-many-guesses'] as const),
        'verification-restricted',
      ],
      tell: async (asked) => ({ body: await check(asked) }),
    }),
  ]
}
