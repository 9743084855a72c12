/** The examples of policies on the real Kyverno, by hand: `npm run test:kyverno`. It builds Kyverno's command line on its first run. */
const base = require('./jest.base.config');

module.exports = {
  ...base,
  testMatch: ['<rootDir>/test/real/kyverno/*.suite.ts'],
  testTimeout: 300_000,
  maxWorkers: 1,
};
