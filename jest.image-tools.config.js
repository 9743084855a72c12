/** Images by the real ko and Jib, by hand: `npm run test:image-tools`. It builds ko and buildx on its first run, and Maven downloads Jib. */
const base = require('./jest.base.config');

module.exports = {
  ...base,
  testMatch: ['<rootDir>/test/real/image-tools/*.suite.ts'],
  testTimeout: 120_000,
  maxWorkers: 1,
};
