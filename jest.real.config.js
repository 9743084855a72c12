/** Tests on real servers and tools: a Docker engine, a registry, skopeo, Python. `.ci/run` installs and starts them. */
const base = require('./jest.base.config');

module.exports = { ...base, testMatch: ['<rootDir>/test/real/**/*.real.test.ts'], testTimeout: 300_000 };
