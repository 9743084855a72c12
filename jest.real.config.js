/** Tests on real servers: a Docker engine, a registry, skopeo. `.ci/run` installs and starts them. */
const base = require('./jest.base.config');

module.exports = { ...base, testMatch: ['<rootDir>/test/real/**/*.real.test.ts'], testTimeout: 300_000 };
