/** How the story is told on a terminal: numbered steps, in Chinese and English, plain when piped. */
import { styleText } from 'node:util'

export interface Narrator {
  readonly step: (zh: string, en: string) => void
  /** What was asked. */
  readonly asked: (text: string) => void
  /** What was decided. */
  readonly decided: (outcome: 'yes' | 'no', text: string) => void
  /** What came back. */
  readonly got: (text: string) => void
}

const numerals = '①②③④⑤⑥⑦⑧⑨⑩⑪⑫'

export function createNarrator(stream: NodeJS.WriteStream): Narrator {
  let count = 0
  const line = (text: string): void => {
    stream.write(`${text}\n`)
  }
  const style = (format: Parameters<typeof styleText>[0], text: string): string =>
    styleText(format, text, { stream })
  return {
    step: (zh, en) => {
      line(`\n${style('bold', `${numerals[count] ?? '•'} ${zh}`)}\n  ${style('bold', en)}`)
      count += 1
    },
    asked: (text) => {
      line(`   ${style('cyan', '问 asked  ')} ${text}`)
    },
    decided: (outcome, text) => {
      const mark = outcome === 'yes' ? style('green', '允 allowed') : style('red', '拒 refused')
      line(`   ${mark} ${text}`)
    },
    got: (text) => {
      line(`   ${style('dim', '得 got    ')} ${text}`)
    },
  }
}
