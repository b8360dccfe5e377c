const { TestEnvironment } = require("jest-environment-node");

// What the tests expect has no colours. Jest asks for them where it has a terminal, and picocolors has them in a pipeline.
delete process.env.FORCE_COLOR;
process.env.NO_COLOR = "1";

/**
 * Has one cause told once. What a `beforeAll` failed with is told by the first test of its block, and the others are
 * skipped. In a file with `@sequential` in the comment at its top, whose tests go on from one another, a failed test has
 * the rest skipped.
 *
 * What a failed test or hook has started is ended before the next begins, where the suite defines `endChildren`.
 */
module.exports = class extends TestEnvironment {
  constructor(config, context) {
    super(config, context);
    this.isSequential = "sequential" in context.docblockPragmas;
    this.told = new Set();
    this.hasFailed = false;
  }

  async handleTestEvent({ name, test, hook }) {
    if (name === "test_start") {
      // The errors that a test has before it begins are those of hooks around it.
      const isTold = test.errors.some(([error]) => this.told.has(error) || error?.name === "ToldElsewhere");
      if (isTold || (this.isSequential && this.hasFailed)) test.mode = "skip";
    } else if (name === "test_skip") {
      test.errors = [];
    } else if (name === "test_started") {
      for (const [error] of test.errors) this.told.add(error);
    } else if (name === "test_done" && test.errors.length > 0) {
      this.hasFailed = true;
      await this.global.endChildren?.();
    } else if (name === "hook_failure" && hook.type === "beforeAll") {
      await this.global.endChildren?.();
    }
  }
};
