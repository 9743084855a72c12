/** Image jobs on the newest BuildKit and buildx, by hand: `npm run test:buildkit`. It builds both on its first run. */
const base = require('./jest.base.config');

module.exports = {
  ...base,
  testMatch: ['<rootDir>/test/real/buildkit/**/*.suite.ts'],
  testTimeout: 300_000,
  maxWorkers: 1,
};
