// `npm run bench`: every figure that the README and the docs name, measured here and now.
await import("./unit-tests.mjs");
await import("./synth/run.mjs");
