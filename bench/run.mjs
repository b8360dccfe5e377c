// `npm run bench`: all figures, measured here and now.
await import("./unit-tests.mjs");
await import("./synth/run.mjs");
await import("./function/run.mjs");
// This one ends the process, to take the emulator with it.
await import("./gateway/run.mjs");
