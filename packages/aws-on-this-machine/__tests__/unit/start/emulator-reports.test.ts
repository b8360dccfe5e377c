import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { resolve } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { TYPESCRIPT } from "@local/command-line/launcher/typescript";
import { run } from "@local/command-line/process/child-process";
import { EmulatorReports, watchUserEmulator } from "../../../start/emulator-reports";

afterEach(() => jest.restoreAllMocks());

test("a failure of the emulator is shown at once, and then each time that it has doubled", () => {
  const lines: string[] = [];
  jest.spyOn(console, "error").mockImplementation((line) => void lines.push(stripVTControlCharacters(line)));
  const reports = new EmulatorReports();
  expect(reports.whyStuck()).toBeUndefined();
  const failure = (type: string, id: number) => `kms CreateKey is answered 500: ${type}: '${id}'`;
  for (let id = 1; id <= 7; id += 1) reports.onFailure(failure("KeyError", id));
  const others = [
    failure("ValueError", 1),
    "kms CreateKey is answered 503: busy",
    "kms ListKeys is answered 503: busy",
  ];
  for (const each of others) reports.onFailure(each);
  const shown = ["KeyError: '1'", "KeyError: '2' (2 times)", "KeyError: '4' (4 times)"];
  expect(lines).toEqual(
    [...shown.map((reason) => `kms CreateKey is answered 500: ${reason}`), ...others].map(
      (line) => `The AWS emulator fails: ${line}`,
    ),
  );
  expect(reports.whyStuck()).toBe(`The AWS emulator's last failure: ${others.at(-1)}`);
});

test("the emulator's end ends the command at once, with the reason alone and exit code 1", async () => {
  const script = `const { EmulatorReports } = require("${resolve("packages/aws-on-this-machine/start/emulator-reports")}");
    const { beforeShutdown } = require("${resolve("packages/command-line/process/shutdown")}");
    beforeShutdown(async () => console.log("The rest of the log is lost"));
    setInterval(() => {}, 1000);
    new EmulatorReports().onEnd("The AWS emulator was ended by SIGKILL");`;
  const env = { ...process.env, NO_COLOR: "1" };
  const { exitCode, stdout, stderr } = await run(process.execPath, [...TYPESCRIPT, "-e", script], { env });
  expect([exitCode, stdout, stderr]).toEqual([1, "", "Error: The AWS emulator was ended by SIGKILL\n"]);
});

test("the end and the return of the user's emulator are told once", async () => {
  const server = createServer((socket) => socket.end());
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const notices: string[] = [];
  let next = () => {};
  const told = () => new Promise<void>((done) => (next = done));
  const tell = (notice: string) => {
    notices.push(notice);
    next();
  };
  const end = told();
  const unwatch = watchUserEmulator(`http://127.0.0.1:${port}`, tell, 10);
  await once(server, "connection");
  await new Promise((done) => server.close(done));
  await end;
  const back = told();
  await once(server.listen(port, "127.0.0.1"), "listening");
  await back;
  await once(server, "connection");
  unwatch();
  server.close();
  expect(notices).toEqual([
    expect.stringMatching(/^The AWS emulator at http:\/\/127\.0\.0\.1:\d+ has ended\. Start another one/),
    expect.stringMatching(/ answers at http:\/\/127\.0\.0\.1:\d+ again\. .*run npm start again\.$/),
  ]);
});
