// `npm run bench`: all figures, measured here and now.
await import("./unit-tests.mjs");
await import("./synth/run.mjs");
