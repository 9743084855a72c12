/** Modules by the real npm with Verdaccio, and by the real Maven, by hand: `npm run test:packages`. It installs Verdaccio on its first run. */
const base = require('./jest.base.config');

module.exports = {
  ...base,
  testMatch: ['<rootDir>/test/real/{npm,maven}/*.suite.ts'],
  testTimeout: 300_000,
  maxWorkers: 1,
};
