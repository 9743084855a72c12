/** Mutation tests of one folder: `npm run test:mutants -- core/values`. Scores are in docs/figures.md. */
export default {
  testRunner: 'jest',
  jest: { configFile: 'jest.config.js', enableFindRelatedTests: true },
  coverageAnalysis: 'perTest',
  ignoreStatic: true,
  // The preprocessor needs TypeScript 5's API; swc reads no tsconfig.
  tsconfigFile: 'none.json',
  ignorePatterns: ['cdk.out', 'dist', '.local', 'docs', 'bench'],
  tempDirName: '.local/stryker',
  concurrency: 2,
  timeoutMS: 20_000,
  reporters: ['clear-text', 'json'],
  jsonReporter: { fileName: '.local/mutants.json' },
  clearTextReporter: { allowColor: false, logTests: false, skipFull: true },
};
