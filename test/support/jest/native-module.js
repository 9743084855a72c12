/**
 * Lets a package be loaded by Node itself, once per worker. jest would load its files again for every test file, and the CDK has so many
 * that this costs five seconds of CPU time each.
 */
module.exports = {
  process: (_source, path) => ({ code: `module.exports = requireNatively(${JSON.stringify(path)});` }),
};
