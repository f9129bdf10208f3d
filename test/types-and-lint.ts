/**
 * Types and lint together, for `npm run check`: what the compiler works out for the one is given to
 * the other, which would work out the same for itself. It finds what `npm run types` and
 * `npm run lint` find; the rules are theirs.
 */
import { ESLint } from 'eslint'
import ts from 'typescript'

const file = ts.readJsonConfigFile('tsconfig.json', (path) => ts.sys.readFile(path))
const config = ts.parseJsonSourceFileConfigFileContent(file, ts.sys, '.')
const program = ts.createProgram({
  rootNames: config.fileNames,
  options: config.options,
  configFileParsingDiagnostics: ts.getConfigFileParsingDiagnostics(config),
})
const mistakes = ts.getPreEmitDiagnostics(program)

const eslint = new ESLint({
  overrideConfig: {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { project: false, programs: [program] } },
  },
})
const results = await eslint.lintFiles('.')
const formatter = await eslint.loadFormatter('stylish')

const said = [
  ts.formatDiagnostics(mistakes, ts.createCompilerHost(config.options)),
  await formatter.format(results),
].join('')
process.stdout.write(said)
process.exitCode = said === '' ? 0 : 1
