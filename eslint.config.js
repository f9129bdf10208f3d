import js from '@eslint/js'
import { defineConfig } from 'eslint/config'
import tseslint from 'typescript-eslint'

const clockAndEnvironment = [
  {
    selector: 'NewExpression[callee.name="Date"][arguments.length=0]',
    message: 'Pass `at` or `clock`; the clock is read in compositions only.',
  },
  {
    selector: 'CallExpression[callee.object.name="Date"][callee.property.name="now"]',
    message: 'Pass `at` or `clock`; the clock is read in compositions only.',
  },
  {
    selector: 'MemberExpression[object.name="process"][property.name="env"]',
    message: 'Settings are read once, in exchange/config.ts.',
  },
  {
    selector: 'CallExpression[callee.object.name="Math"][callee.property.name="random"]',
    message: 'Use randomBytes.',
  },
]
const shape = [
  { selector: 'ExportAllDeclaration', message: 'Import the file that defines the name.' },
  { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' },
]

export default defineConfig(
  { ignores: ['node_modules/', '.zhengtong/', 'certs-dev/out/', 'coverage/', 'sdk/dist/'] },
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  { files: ['**/*.js'], ...tseslint.configs.disableTypeChecked },
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { project: './tsconfig.json' } },
    rules: {
      'max-lines': ['error', { max: 300 }],
      'max-lines-per-function': ['error', { max: 60 }],
      'max-params': ['error', 4],
      'max-depth': ['error', 3],
      complexity: ['error', 10],
      'no-console': 'error',
      'no-restricted-syntax': ['error', ...shape, ...clockAndEnvironment],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      // There are no enums and but one class here, and these two cost a third of the time.
      '@typescript-eslint/no-unsafe-enum-assignment': 'off',
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
    },
  },
  {
    // The places where the outside world comes in: configuration, programs, tests, tools.
    files: [
      'exchange/config.ts',
      'exchange/zt.ts',
      'exchange/livez.ts',
      'release/**',
      'demo/**',
      'certs-dev/**',
      'test/**',
      '**/*.test.ts',
      'bench/**',
      '*.config.ts',
    ],
    rules: { 'no-restricted-syntax': ['error', shape[0]] },
  },
  {
    files: ['**/*.test.ts', 'test/**'],
    rules: { 'max-lines-per-function': 'off', 'max-lines': 'off' },
  },
)
