/** Starts the tests first that take longest, so that no worker runs them alone at the end. Jest knows their times only from earlier runs. */
const { default: Sequencer } = require('@jest/test-sequencer');

const LONGEST = /\.long\.|property/;

module.exports = class extends Sequencer {
  sort(tests) {
    const sorted = super.sort(tests);
    const first = sorted.filter(({ path }) => LONGEST.test(path));
    return [...first, ...sorted.filter((test) => !first.includes(test))];
  }
};
