/** The registry's contract on further real registries, by hand: `npm run test:registries`. It builds them on its first run. */
const base = require('./jest.base.config');

module.exports = {
  ...base,
  testMatch: ['<rootDir>/test/real/registries/*.suite.ts'],
  testTimeout: 120_000,
  maxWorkers: 1,
};
