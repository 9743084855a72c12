const { statfsSync } = require('node:fs');
const { availableParallelism } = require('node:os');

/**
 * Linux's folder in memory, if it has 4 GiB. Tests make thousands of small repositories, which took 1.2 times as long on a disk. A container
 * usually has 64 MiB there.
 */
const MEMORY = '/dev/shm';

if (process.env.TMPDIR === undefined && freeBytes(MEMORY) > 4 * 2 ** 30) process.env.TMPDIR = MEMORY;

function freeBytes(folder) {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return 0;
  }
}

/** Packages that Node loads once per worker: see test/support/jest/native-module.js. */
const NATIVE = 'aws-cdk-lib|constructs|cdk-nag|zod|fast-check|re2js|ajv';

const COMPILER = { target: 'es2022', parser: { syntax: 'typescript' } };
/** The board's pages, as in tsconfig.json. */
const PAGES = {
  parser: { syntax: 'typescript', tsx: true },
  transform: { react: { runtime: 'automatic', importSource: 'hono/jsx' } },
};

/** What both test runs share. */
module.exports = {
  testEnvironment: '<rootDir>/test/support/jest/environment.js',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  transform: {
    [`/node_modules/(${NATIVE})/.+\\.c?js$`]: '<rootDir>/test/support/jest/native-module.js',
    '^.+\\.(ts|js|mjs)$': ['@swc/jest', { jsc: COMPILER, module: { type: 'commonjs' } }],
    '^.+\\.tsx$': ['@swc/jest', { jsc: { ...COMPILER, ...PAGES }, module: { type: 'commonjs' } }],
  },
  // The others ship ES modules only.
  transformIgnorePatterns: [`/node_modules/(?!(${NATIVE}|p-limit|yocto-queue|@octokit/webhooks-methods)/)`],
  // It can be imported and not required, and tests run as CommonJS.
  moduleNameMapper: {
    '^monorepo-image-pipeline$': '<rootDir>/lib/index.ts',
    '^@octokit/webhooks-methods$': '<rootDir>/node_modules/@octokit/webhooks-methods/dist-node/index.js',
  },
  // Many tests wait for git and other processes: two workers leave a third of two cores idle.
  maxWorkers: Math.ceil(1.5 * availableParallelism()),
  cacheDirectory: '<rootDir>/node_modules/.cache/jest',
  testSequencer: '<rootDir>/test/support/jest/sequencer.js',
  // The larger a process, the longer it takes to start another, because Linux copies its page table: git started in 1 ms at 40 MB, in 44 ms
  // at 600 MB, and in 120 ms at 1200 MB. A new worker loads every module again, so that a lower limit takes longer.
  workerIdleMemoryLimit: '500MB',
  setupFilesAfterEnv: ['<rootDir>/test/support/setup.ts'],
  testTimeout: 60_000,
};
