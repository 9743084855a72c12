/** The cluster's contract on a real Kubernetes, by hand: `npm run test:cluster`. It builds the servers on its first run. */
const base = require('./jest.base.config');

module.exports = {
  ...base,
  testMatch: ['<rootDir>/test/real/cluster/*.suite.ts'],
  testTimeout: 120_000,
  maxWorkers: 1,
};
