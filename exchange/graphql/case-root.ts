/** The mutations `openCase` and `closeCase`. The write happens with its log entry, not here. */
import type { EntryKind } from '../../log/index.ts'
import type { CaseChange, Cases, NewCase } from '../cases/cases.ts'
import type { Asking, Root, RootAnswer } from './root.ts'

export function openCaseRoot(cases: Cases): Root {
  return ({ args }, asking) => {
    const input = args['input'] as NewCase // Checked by GraphQL against CaseInput.
    return Promise.resolve({
      run: async () => answer(await cases.open(actor(asking), input), 'case-opened'),
    })
  }
}

export function closeCaseRoot(cases: Cases): Root {
  return ({ args }, asking) =>
    Promise.resolve({
      run: async () =>
        answer(await cases.close(actor(asking), String(args['number'])), 'case-closed'),
    })
}

function actor({ caller, at }: Asking): { department: string; officer: string; at: Date } {
  return { department: caller.department, officer: caller.officer, at }
}

function answer({ view, write }: CaseChange, kind: EntryKind): RootAnswer {
  const about = { case: view.number, item: view.item }
  // What was so already is answered again, but it does not happen again.
  return { value: view, items: [], about, ...(write ? { kind, write } : {}) }
}
