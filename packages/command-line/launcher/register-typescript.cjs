// Lets this process load TypeScript: `node -r <this file> commands/plan.ts`. tsx keeps its output below TMPDIR. A run may have a
// TMPDIR of its own, and removes it. So tsx gets a folder that lasts.
const { join } = require("node:path");

const { TMPDIR } = process.env;
process.env.TMPDIR = join(__dirname, "..", "..", "..", "node_modules", ".cache");
require("tsx/cjs");
if (TMPDIR === undefined) delete process.env.TMPDIR;
else process.env.TMPDIR = TMPDIR;
