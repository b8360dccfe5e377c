import { writeFileSync } from "node:fs";
import { join } from "node:path";
import pc from "picocolors";
import { endChildrenGently } from "./child-process";
import { Deployment, STACKS } from "./deployment";
import { loopbackEndpoint, requireEmulator, startEmulator } from "./emulator";
import { step } from "./progress";
import { findPython } from "./python";
import { makeRunFolder } from "./run-folder";
import { terraformVersion } from "./terraform";
import { resolveTerraformProviders } from "./terraform-providers";
import { exitWithError } from "./user-error";

/** `npm start`: deploys the whole system to an AWS emulator on this machine and keeps it until Ctrl-C. */
async function main(): Promise<void> {
  const ownEndpoint = process.env.AWS_ENDPOINT_URL ? loopbackEndpoint(process.env.AWS_ENDPOINT_URL) : undefined;
  const folder = makeRunFolder();
  // An emulator that outlives this run must not be left with a locked state.
  if (ownEndpoint) endChildrenGently();
  process.on("exit", (code) => {
    if (code === 130) console.log(ownEndpoint ? "\nInterrupted." : "\nInterrupted; all of it is removed.");
    if (code === 0) console.log(ownEndpoint ? "\nEnded." : "\nEnded and removed.");
  });

  await step("Terraform", async (current) => current.says(await terraformVersion()));
  const providers = await step("Terraform providers", async (current) => {
    const resolved = await resolveTerraformProviders(folder);
    current.says(resolved.summary);
    return resolved;
  });
  const endpoint = await step("AWS emulator", async (current) => {
    if (ownEndpoint) await requireEmulator(ownEndpoint);
    const log = join(folder, "emulator.log");
    const started = ownEndpoint ?? (await startEmulator(await findPython(console.log), log)).endpoint;
    current.says(started);
    return started;
  });
  const deployment = new Deployment({ folder, endpoint, providers });
  const warnings = await step("Synthesis", () => deployment.synthesize());
  if (warnings) console.warn(warnings);
  for (const stack of STACKS) {
    await step(stack, async (current) => {
      if (stack === "state-backend" && (await deployment.hasStateBucket())) {
        current.says("the state bucket is there already");
        return;
      }
      await deployment.apply(stack, current.follow);
    });
  }
  const outputs = await deployment.stack("serverless-infrastructure").outputs();
  printResult(deployment, outputs);

  if (ownEndpoint) {
    console.log(`\n${pc.bold("Ctrl-C")} ends this; what was deployed stays in the emulator that you started.`);
  } else {
    console.log(`\n${pc.bold("Ctrl-C")} ends the emulator and removes all of it.`);
  }
  // From here on a signal is the regular end; until it comes, a timer keeps the process alive.
  process.exitCode = 0;
  setInterval(() => {}, 2 ** 30);
}

function printResult(deployment: Deployment, outputs: Record<string, string>): void {
  console.log(`\n${pc.bold("Outputs")} ${pc.dim("(as on AWS; the emulator serves no HTTP API and no console)")}`);
  for (const [name, value] of Object.entries(outputs)) console.log(`  ${name.padEnd(22)} ${value}`);

  const { folder } = deployment.stack("serverless-infrastructure");
  const variables = Object.entries(deployment.environment).filter(([name]) => /^(AWS|TF|CHECKPOINT)_/.test(name));
  const script = join(deployment.outputFolder, "environment.sh");
  // Whatever else is set there, such as a profile or the endpoint of a single service, would lead elsewhere.
  const unset = "unset $(env | sed -n 's/^\\(\\(AWS\\|TF\\)_[A-Z0-9_]*\\)=.*/\\1/p')\n";
  writeFileSync(script, unset + variables.map(([name, value]) => `export ${name}='${value}'\n`).join(""));

  console.log(`\n${pc.bold("Try it")} in another terminal:`);
  console.log(`  . ${script}  ${pc.dim("# once: AWS is the emulator there")}`);
  console.log(`  terraform -chdir=${folder} plan  ${pc.dim("# no changes")}`);
  console.log(`  terraform -chdir=${folder} state list  ${pc.dim("# all that was deployed")}`);
  console.log(
    `  aws dynamodb describe-table --table-name ${outputs.dynamodb_table_name}  ${pc.dim("# the AWS CLI and SDKs work, too")}`,
  );
}

main().catch(exitWithError);
