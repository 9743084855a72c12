/** Releases read by the real Helm, Kustomize and Docker Compose, by hand: `npm run test:charts`. It builds them on its first run. */
const base = require('./jest.base.config');

module.exports = {
  ...base,
  testMatch: ['<rootDir>/test/real/charts/*.suite.ts'],
  testTimeout: 120_000,
  maxWorkers: 1,
};
