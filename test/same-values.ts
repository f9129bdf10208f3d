/**
 * Properties try the same values in every run, so that what is red is red again and what is green stays
 * it; the long form (`npm run test:fault`) looks for values nobody tried.
 */
import fc from 'fast-check'

if (process.env['FAULT_SIZE'] !== 'long') fc.configureGlobal({ seed: 20_261_122 })
