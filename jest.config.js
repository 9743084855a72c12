/** Unit and integration tests; they need Node and git only. swc strips the types, `npm run types` checks them. */
const base = require('./jest.base.config');

module.exports = { ...base, testPathIgnorePatterns: ['/node_modules/', '/test/real/'] };
