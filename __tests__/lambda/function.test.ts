import { run } from "../../commands/cli/child-process";
import { describeWithPython } from "../local/echo-api";

describeWithPython("the function", () => {
  // One of jest's files, so that it runs beside the others; `npm run test:lambda` by itself.
  test("passes its own tests, with hundreds of inputs on two versions of Python", async () => {
    const { exitCode, stdout, stderr } = await run("npm", ["run", "--silent", "test:lambda"], { env: process.env });
    console.log(stdout + stderr);
    expect(exitCode).toBe(0);
  });
});
