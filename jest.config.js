/** Unit and integration tests; they need Node and git only. swc strips the types, `npm run types` checks them. */
const base = require('./jest.base.config');

/** Files of 5 s and more take most of the time. They run if asked for: by `npm run test:all`, or by a path on the command line. */
const areLongWanted =
  process.env.TESTS !== undefined || process.argv.some((argument) => /^(\.\/)?test\//.test(argument));

module.exports = {
  ...base,
  testPathIgnorePatterns: ['/node_modules/', '/test/real/', ...(areLongWanted ? [] : ['\\.long\\.test\\.ts$'])],
};
