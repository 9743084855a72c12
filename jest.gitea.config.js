/** The adapter of Gitea on a real server, by hand: `npm run test:gitea`. It builds the server on its first run. */
const base = require('./jest.base.config');

module.exports = {
  ...base,
  testMatch: ['<rootDir>/test/real/gitea/*.suite.ts'],
  testTimeout: 120_000,
  maxWorkers: 1,
};
