/** @sequential Each test goes on from the one before it. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { applyStacks, type Deployed } from "@local/aws-on-this-machine/start/apply-stacks";
import type { RecordedDeployment } from "@local/aws-on-this-machine/start/recording";
import { close, listen, serverUrl } from "@local/command-line/server";
import { STACKS } from "../../../stacks/names";
import { shareAwsProvider } from "../aws-provider";
import { planChanges } from "../inspect-terraform";
import { describeE2e, sharedRun } from "../shared";
import { recordings as recordingsOf, SharedDeployment } from "./shared-deployment";
import { startSystem } from "./start-system";

jest.mock("@local/aws-on-this-machine/start/apply-stacks", () => {
  const actual = jest.requireActual("@local/aws-on-this-machine/start/apply-stacks");
  return { ...actual, applyStacks: jest.fn() };
});

describeE2e("npm start, from the recording of the shared deployment", () => {
  let folder: string;
  let recordings: string;
  let shown: string;
  let shared: SharedDeployment;
  let repeated: Deployed;

  beforeAll(async () => {
    shared = await SharedDeployment.ready();
    folder = mkdtempSync(join(tmpdir(), "recording-"));
    recordings = join(folder, "recordings");
    cpSync(recordingsOf(sharedRun()), recordings, { recursive: true });
  });
  beforeEach(() => {
    shown = "";
    jest.spyOn(console, "error").mockImplementation((text) => {
      shown += `${text}\n`;
    });
  });
  afterEach(() => jest.restoreAllMocks());
  afterAll(async () => {
    await repeated?.stop();
    rmSync(folder, { recursive: true });
  });

  /** What the start of a system ends with that Terraform would have to apply. */
  async function startWithoutApply(isFresh = false): Promise<string> {
    jest.mocked(applyStacks).mockRejectedValueOnce(new Error("applies"));
    return shared.repeat(folder, { recordings, isFresh }).then(
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

  test("the first start applies both stacks, and records that", () => {
    expect(shared.shown).toMatch(/Recorded: the next start repeats this in seconds/);
    expect(readdirSync(recordings)).toHaveLength(1);
  });

  test("the second start repeats it, and terraform plan has nothing to do", async () => {
    repeated = await shared.repeat(folder, { recordings });
    expect(applyStacks).not.toHaveBeenCalled();
    expect(shown).toMatch(/, as recorded \d+ min ago: --fresh deploys anew|, as recorded less than a minute ago/);
    const { deployment, endpoint } = repeated;
    await shareAwsProvider({ endpoint, folder: deployment.stack("serverless-infrastructure").folder });
    const plans = STACKS.map((name) => planChanges(deployment.stack(name), "-lock=false"));
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
    const stack = deployment.stack("serverless-infrastructure");
    const system = await startSystem({ endpoint, stack, environment: deployment.environment, source, apiServer });
    system.watchSources();
    const answer = async () => {
      const response = await fetch(`${serverUrl(apiServer)}/orders`, { method: "POST", body: "text" });
      const { message } = (await response.json()) as Record<string, string>;
      const [{ id, error } = { id: "" }] = system.runs(1);
      return { status: response.status, message, error, isStored: (await system.run(id))?.items.length === 1 };
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
