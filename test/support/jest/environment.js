/** Node's environment, with a `require` that does not go through jest: see `native-module.js`. */
const { TestEnvironment } = require('jest-environment-node');

module.exports = class extends TestEnvironment {
  constructor(config, context) {
    super(config, context);
    this.global.requireNatively = require;
    this.global.Date = Date; // `instanceof Date` of a package that Node loads
  }
};
