/** @sequential Each test goes on from the one before it. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { applyStacks, type Deployed } from "@local/aws-on-this-machine/start/apply-stacks";
import { deployToNewEmulator } from "@local/aws-on-this-machine/start/new-emulator";
import type { RecordedDeployment } from "@local/aws-on-this-machine/start/recording";
import { LocalSystem } from "@local/aws-on-this-machine/system/local-system";
import { close, listen, serverUrl } from "@local/command-line/server";
import { findTerraform } from "@local/terraform/run/find-terraform";
import { FunctionSource } from "../../../constructs/source/function-source";
import { STACKS } from "../../../stacks/names";
import { planChanges } from "../inspect-terraform";
import { describeE2e, sharedRun } from "../shared";

jest.mock("@local/aws-on-this-machine/start/apply-stacks", () => {
  const actual = jest.requireActual("@local/aws-on-this-machine/start/apply-stacks");
  return { ...actual, applyStacks: jest.fn(actual.applyStacks) };
});

describeE2e("npm start, from a recording", () => {
  let folder: string;
  let recordings: string;
  let shown: string;
  let repeated: Deployed;
  const deployed: Deployed[] = [];

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "recording-"));
    recordings = join(folder, "recordings");
  });
  beforeEach(() => {
    shown = "";
    jest.spyOn(console, "error").mockImplementation((text) => {
      shown += `${text}\n`;
    });
  });
  afterEach(() => jest.restoreAllMocks());
  afterAll(async () => {
    for (const { stop } of deployed) await stop();
    rmSync(folder, { recursive: true });
  });

  async function start(isFresh = false): Promise<Deployed> {
    const { application, python, providers } = sharedRun();
    const ownFolder = mkdtempSync(join(folder, "run-"));
    const { version: terraform } = await findTerraform();
    const props = { application, folder: ownFolder, python, providers, terraform, isFresh, recordings };
    const started = await deployToNewEmulator({ ...props, listsResources: false });
    deployed.push(started);
    return started;
  }

  /** What the start of a system ends with that Terraform would have to apply. */
  async function startWithoutApply(isFresh = false): Promise<string> {
    jest.mocked(applyStacks).mockRejectedValueOnce(new Error("applies"));
    return start(isFresh).then(
      () => "repeats",
      ({ message }: Error) => message,
    );
  }

  function recordingFile(): string {
    return join(recordings, readdirSync(recordings).join());
  }

  function changeRecording(change: (recorded: RecordedDeployment) => Partial<RecordedDeployment>): void {
    const recorded = JSON.parse(gunzipSync(readFileSync(recordingFile())).toString());
    writeFileSync(recordingFile(), gzipSync(JSON.stringify({ ...recorded, ...change(recorded) })));
  }

  test("the first start applies both stacks, and records that", async () => {
    await start();
    expect(applyStacks).toHaveBeenCalledTimes(1);
    expect(shown).toMatch(/Recorded: the next start repeats this in seconds/);
    expect(readdirSync(recordings)).toHaveLength(1);
  });

  test("the second start repeats it, and terraform plan has nothing to do", async () => {
    jest.mocked(applyStacks).mockClear();
    repeated = await start();
    expect(applyStacks).not.toHaveBeenCalled();
    expect(shown).toMatch(/, as recorded \d+ min ago: --fresh deploys anew|, as recorded less than a minute ago/);
    const plans = STACKS.map((name) => planChanges(repeated.deployment.stack(name), "-lock=false"));
    expect(await Promise.all(plans)).toEqual([[], []]);
  });

  test("what was saved since is what answers the first request, and what is saved then the next", async () => {
    const source = join(folder, "lambda-src");
    cpSync("lambda-src", source, { recursive: true });
    const message = "Request processed successfully";
    const save = (text: string) => {
      const file = join(source, "index.py");
      const code = readFileSync("lambda-src/index.py", "utf8");
      expect(code).toContain(message);
      writeFileSync(file, code.replace(message, text));
    };
    save("Saved since");
    const { deployment, endpoint } = repeated;
    const apiServer = await listen(0, "--port");
    const system = await LocalSystem.start({
      endpoint,
      region: deployment.region,
      stack: deployment.stack("serverless-infrastructure"),
      environment: deployment.environment,
      python: sharedRun().python,
      folder: join(folder, "function"),
      source: new FunctionSource(source),
      apiServer,
      drawDiagram: async () => "",
    });
    system.watchSource();
    const answer = async () => {
      const response = await fetch(`${serverUrl(apiServer)}/orders`, { method: "POST", body: "text" });
      const { message, requestId } = (await response.json()) as Record<string, string>;
      return { status: response.status, message, isStored: (await system.item(requestId ?? "")) !== undefined };
    };
    expect(await answer()).toEqual({ status: 200, message: "Saved since", isStored: true });
    save("Saved now");
    expect(await answer()).toEqual({ status: 200, message: "Saved now", isStored: true });
    await system.stop();
    await close(apiServer);
  });

  test("--fresh applies although there is a recording, which stays where that fails", async () => {
    expect(await startWithoutApply(true)).toBe("applies");
    expect(readdirSync(recordings)).toHaveLength(1);
  });

  test("a recording that leads to another state is discarded with one line", async () => {
    changeRecording(({ systemState }) => ({ systemState: systemState.replace(/"serial": \d+/, '"serial": 1') }));
    expect(await startWithoutApply()).toBe("applies");
    expect(shown).toMatch(/^.*What was recorded is discarded: the state is number \d+ of \S+, not number 1 of \S+$/m);
    expect(readdirSync(recordings)).toEqual([]);
  });
});
