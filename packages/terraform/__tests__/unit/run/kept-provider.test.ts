import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { TYPESCRIPT } from "@local/command-line/launcher/typescript";
import { startChild } from "@local/command-line/process/child-process";
import type { Application } from "../../../application";
import { Deployment } from "../../../deployment";
import { AWS_PROVIDER, findAwsProvider, keepAwsProvider } from "../../../run/kept-provider";

describe("the kept AWS provider", () => {
  let folder: string;
  let program: string;
  const reattach = { Protocol: "grpc", Addr: { Network: "unix", String: "/tmp/plugin" } };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "provider-"));
    install("5.100.0");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** As `terraform init` chooses a version. An earlier one stays beside it. */
  function install(version: string): void {
    const platform = join(folder, ".terraform", "providers", AWS_PROVIDER, version, "linux_amd64");
    mkdirSync(platform, { recursive: true });
    program = join(platform, "terraform-provider-aws_v5");
    const lock = `provider "registry.terraform.io/hashicorp/archive" {\n  version = "2.7.1"\n}\n`;
    writeFileSync(
      join(folder, ".terraform.lock.hcl"),
      `${lock}\nprovider "${AWS_PROVIDER}" {\n  version     = "${version}"\n}\n`,
    );
  }

  /** @param first a command before that */
  const starts = (first = ":") => `${first}
echo "TF_REATTACH_PROVIDERS='${JSON.stringify({ [AWS_PROVIDER]: reattach }).replaceAll('"', '\\"')}'"
exec sleep 1000`;

  function isRunning(pid: number): boolean {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  }

  /** A program that starts like the provider. */
  function write(script: string): void {
    writeFileSync(program, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }

  const keep = () => keepAwsProvider({ program, folder, environment: process.env });

  test("is the one that Terraform has installed", () => {
    expect(findAwsProvider(folder)).toBeUndefined();
    write("");
    expect(findAwsProvider(folder)).toBe(program);
    install("5.99.0");
    write("");
    expect(findAwsProvider(folder)).toBe(program);
    expect(findAwsProvider(join(folder, "other"))).toBeUndefined();
  });

  test("says how Terraform reaches it, and ends with stop", async () => {
    write(starts());
    const provider = await keep();
    expect([provider.reattach, provider.hasEnded]).toEqual([reattach, false]);
    provider.stop();
    while (!provider.hasEnded) await setTimeout(10);
  });

  test("serves one run after another, and after an upgrade another one takes its place", async () => {
    const application = { system: "s", stackId: () => "stack" } as unknown as Application;
    const run = join(folder, "run");
    const stacks = join(run, "stacks");
    mkdirSync(stacks, { recursive: true });
    symlinkSync(folder, join(stacks, "stack"));
    const deployment = new Deployment({ application, folder: run, outputFolder: run, endpoint: "http://127.0.0.1:1" });
    const pid = join(folder, "pid");
    try {
      write(starts(`echo $$ >> ${pid}`));
      for (let time = 0; time < 2; time += 1) await deployment.withKeptProvider();
      install("5.101.0");
      write(starts(`echo $$ >> ${pid}`));
      await deployment.withKeptProvider();
    } finally {
      deployment.stop();
    }
    const pids = readFileSync(pid, "utf8").trim().split("\n").map(Number);
    expect(pids).toHaveLength(2);
    while (pids.some(isRunning)) await setTimeout(10);
  });

  test("that does not start is told with its output", async () => {
    write("echo no memory; exit 1");
    await expect(keep()).rejects.toThrow("The AWS provider does not start: no memory");
  });

  test("ends with the process that keeps it, even if SIGKILL ends that", async () => {
    const script = `const { keepAwsProvider } = require("${resolve("packages/terraform/run/kept-provider")}");
      keepAwsProvider({ program: "${program}", folder: "${folder}", environment: process.env }).then(() => console.log("kept"));`;
    write(`echo $$ > ${folder}/pid
echo "TF_REATTACH_PROVIDERS='{\\"${AWS_PROVIDER}\\":{}}'"
exec sleep 1000`);
    const keeper = startChild(process.execPath, [...TYPESCRIPT, "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    if (keeper.stdout) await once(keeper.stdout, "data");
    const pid = Number(readFileSync(join(folder, "pid"), "utf8"));
    expect(isRunning(pid)).toBe(true);
    keeper.kill("SIGKILL");
    while (isRunning(pid)) await setTimeout(10);
  });
});
