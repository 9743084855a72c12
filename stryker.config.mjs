/** Mutation tests of the folders that bin/mutants.mjs is given: `npm run test:mutants -- core/values`. Scores are in docs/figures.md. */
export default {
  plugins: ['./test/support/mutants/in-process-runner.mjs'],
  testRunner: 'in-process',
  coverageAnalysis: 'perTest',
  ignoreStatic: true,
  // Stryker would rewrite tsconfig.json by TypeScript 5's API; the runner reads none.
  tsconfigFile: 'none.json',
  ignorePatterns: ['cdk.out', 'dist', '.local', 'docs', 'bench'],
  tempDirName: '.local/stryker',
  concurrency: 2,
  timeoutMS: 10_000,
  reporters: ['clear-text', 'json'],
  jsonReporter: { fileName: '.local/mutants.json' },
  clearTextReporter: { allowColor: false, logTests: false, skipFull: true },
};
