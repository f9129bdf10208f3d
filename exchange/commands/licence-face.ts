/** `zt licence face`: an annotated copy of a licence as PDF, into a file. There are no others. */
import { writeFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { withExchange } from './open.ts'
import type { Shell } from './shell.ts'
import { exampleLicenceId, licenceIdIn, readCount, withExamples } from './words.ts'

interface FaceOptions {
  readonly purpose: string
  readonly case: string
  readonly department: string
  readonly officer: string
  readonly days: number
  readonly output: string
}

const dayMs = 86_400_000

export function addFaceCommand(licence: Command, shell: Shell): void {
  withExamples(licence.command('face'), [
    `licence face ${exampleLicenceId} --purpose 办理食品经营许可 --case HK-1 --department haikouMarket --officer 0731 -o face.pdf`,
  ])
    .description('make an annotated copy (加注件) of a licence: a PDF with the signed data inside')
    .argument('<id>', 'licence identifier')
    .requiredOption('--purpose <words>', 'what the copy may be used for; printed across it')
    .requiredOption('--case <number>', 'the case it is made for')
    .requiredOption('--department <code>', 'the issuing department')
    .requiredOption('--officer <id>', 'who makes it')
    .requiredOption('-o, --output <file>', 'where the PDF goes; must not be there yet')
    .option('--days <count>', 'how long the copy is good, at most 90', readCount, 30)
    .action((id: string, options: FaceOptions) => runFace(shell, id, options))
}

async function runFace(shell: Shell, id: string, options: FaceOptions): Promise<void> {
  const licenceId = licenceIdIn(id)
  const { days, output, ...asked } = options
  await withExchange(shell, async ({ vault, log, settings: { clock } }) => {
    const expires = new Date(clock().getTime() + days * dayMs)
    const { copyId, pdf } = await vault.copyOf({ ...asked, licenceId, expires })
    await log.sequence()
    await writeFile(output, pdf, { flag: 'wx' })
    const made = { licenceId, copyId, expires: expires.toISOString(), file: output }
    shell.terminal.answer(made, [`${output}  ${pdf.length} bytes  ${copyId}`])
  })
}
