import { run } from "../../commands/cli/child-process";

/** Two versions of Python try hundreds of inputs each. */
jest.setTimeout(180_000);

// One of jest's files, so that it runs beside the others; `npm run test:lambda` by itself.
test("the function's own tests pass", async () => {
  const { exitCode, stdout, stderr } = await run("npm", ["run", "--silent", "test:lambda"], { env: process.env });
  console.log(stdout + stderr);
  expect(exitCode).toBe(0);
});
