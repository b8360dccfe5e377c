const Sequencer = require("@jest/test-sequencer").default;

/** The longest first, of which one waits for the shared deployment; the other that waits for it last. */
const FIRST = ["cdktf-cli", "deployment", "start"];
const LAST = ["local-system"];

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
