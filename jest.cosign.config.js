/** Signatures of releases verified by the real cosign, by hand: `npm run test:cosign`. It builds cosign on its first run. */
const base = require('./jest.base.config');

module.exports = {
  ...base,
  testMatch: ['<rootDir>/test/real/cosign/*.suite.ts'],
  testTimeout: 300_000,
  maxWorkers: 1,
};
