/** Unit and integration tests; they need Node and git only. swc strips the types, `npm run types` checks them. */
const base = require('./jest.base.config');

/** Races, killed processes and whole environments take most of the time. They run if asked for: `npm run test:all`, or by their names. */
const areLongWanted = process.env.TESTS !== undefined || process.argv.some((argument) => argument.includes('.long'));

module.exports = {
  ...base,
  testPathIgnorePatterns: ['/node_modules/', '/test/real/', ...(areLongWanted ? [] : ['\\.long\\.test\\.ts$'])],
};
