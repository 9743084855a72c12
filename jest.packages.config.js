/** Modules by the real npm with Verdaccio, by the real Maven, and by the real Go, by hand: `npm run test:packages`. It installs Verdaccio on its first run. */
const base = require('./jest.base.config');

module.exports = {
  ...base,
  testMatch: ['<rootDir>/test/real/{npm,maven,go}/*.suite.ts'],
  testTimeout: 300_000,
  maxWorkers: 1,
};
