const Sequencer = require("@jest/test-sequencer").default;

/** The longest first; last what waits for the shared deployment, which would keep a worker from the others meanwhile. */
const FIRST = ["cdktf-cli", "start"];
const LAST = ["local-system", "deployment"];

module.exports = class extends Sequencer {
  sort(tests) {
    const rank = ({ path }) => {
      const matches = (name) => path.endsWith(`${name}.test.ts`);
      const first = FIRST.findIndex(matches);
      return first >= 0 ? first - FIRST.length : 1 + LAST.findIndex(matches);
    };
    return [...tests].sort((one, other) => rank(one) - rank(other));
  }
};
