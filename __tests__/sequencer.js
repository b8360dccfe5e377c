const Sequencer = require("@jest/test-sequencer").default;

/**
 * First what waits longest for the AWS provider; late what waits for the shared deployment, so that others run meanwhile;
 * last what keeps both cores busy by itself.
 */
const FIRST = ["pipeline", "cdktf-cli", "start"];
const LAST = ["deployment", "github-access", "local-system", "function"];

module.exports = class extends Sequencer {
  sort(tests) {
    const rank = ({ path }) => {
      const matches = (name) => path.endsWith(`/${name}.test.ts`);
      const first = FIRST.findIndex(matches);
      return first >= 0 ? first - FIRST.length : 1 + LAST.findIndex(matches);
    };
    return [...tests].sort((one, other) => rank(one) - rank(other));
  }
};
