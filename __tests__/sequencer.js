const Sequencer = require("@jest/test-sequencer").default;

/** First what waits longest for the AWS provider; last what waits for the shared deployment, so that others run meanwhile. */
const FIRST = ["cdktf-cli", "pipeline", "start", "function", "pipeline-failures"];
const LAST = ["deployment", "github-access", "local-system"];

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
