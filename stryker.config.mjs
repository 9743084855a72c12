/** Mutation tests of the folders that bin/mutants.mjs is given: `npm run test:mutants -- core/values`. Scores are in docs/figures.md. */
import { createRequire } from 'node:module';

const base = createRequire(import.meta.url)('./jest.base.config.js');
const testFolders = (process.env.MUTANT_TESTS ?? 'test').split(',');

export default {
  testRunner: 'jest',
  jest: {
    config: { ...base, maxWorkers: 1, testMatch: testFolders.map((folder) => `<rootDir>/${folder}/**/*.test.ts`) },
    enableFindRelatedTests: false,
  },
  coverageAnalysis: 'perTest',
  ignoreStatic: true,
  // Stryker would rewrite tsconfig.json by TypeScript 5's API; swc reads none.
  tsconfigFile: 'none.json',
  ignorePatterns: ['cdk.out', 'dist', '.local', 'docs', 'bench'],
  tempDirName: '.local/stryker',
  concurrency: Number(process.env.MUTANT_WORKERS ?? 2),
  timeoutMS: 10_000,
  reporters: ['clear-text', 'json'],
  jsonReporter: { fileName: '.local/mutants.json' },
  clearTextReporter: { allowColor: false, logTests: false, skipFull: true },
};
