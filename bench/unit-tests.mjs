// How long the unit suites take together: jest's and the function's.
import { resolve } from "node:path";
import { measure } from "./measure.mjs";

const { seconds } = measure(["npm", "run", "--silent", "test:unit"], {
  cwd: resolve(new URL("..", import.meta.url).pathname),
});
console.log(`Unit suites: ${seconds.toFixed(1)} s (at most 8 s on two cores)`);
