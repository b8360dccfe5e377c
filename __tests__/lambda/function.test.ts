import { run } from "@local/command-line/process/child-process";
import { describeWithPython } from "../../packages/aws-on-this-machine/__tests__/local/echo-api";

describeWithPython("the function", () => {
  // One of jest's files, so that it runs beside the others; `npm run test:lambda` by itself.
  // With `REPETITIONS=full`, on the oldest and the newest Python of this machine, too.
  test("passes its own tests, with hundreds of inputs", async () => {
    const env = { ...process.env, ONE_PYTHON: process.env.REPETITIONS === "full" ? "" : "1" };
    const { exitCode, stdout, stderr } = await run("npm", ["run", "--silent", "test:lambda"], { env });
    console.log(stdout + stderr);
    expect(exitCode).toBe(0);
  });
});
