/** Runs whose images are scanned by the real Trivy, by hand: `npm run test:trivy`. It builds Trivy on its first run. */
const base = require('./jest.base.config');

module.exports = {
  ...base,
  testMatch: ['<rootDir>/test/real/trivy/*.suite.ts'],
  testTimeout: 300_000,
  maxWorkers: 1,
};
