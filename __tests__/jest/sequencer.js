const Sequencer = require("@jest/test-sequencer").default;

/** Starts suites in the order of jest.config.js's projects; within a project as jest does, those that took longest first. */
module.exports = class extends Sequencer {
  constructor(options) {
    super(options);
    this.contexts = options.contexts;
  }

  sort(tests) {
    const project = ({ context }) => this.contexts.indexOf(context);
    return super.sort(tests).sort((one, other) => project(one) - project(other));
  }
};
