import { parseOptions } from "@local/command-line/options";
import { runCommand } from "@local/command-line/process/run-command";
import { UserError } from "@local/command-line/user-error";
import { checkAccount, openWithoutTerraform } from "@local/terraform/deployment-target";
import { explainFailure } from "@local/terraform/plan/explain-failure";
import { type GradualFunction, gradualFunctions } from "@local/terraform/release/gradual-functions";
import {
  describeRelease,
  releaseNewest,
  rollBack,
  type State,
  stopRelease,
} from "@local/terraform/release/release-actions";
import { ReleaseClient } from "@local/terraform/release/release-client";
import { runReleases } from "@local/terraform/release/run-releases";
import { APPLICATION } from "./application/application";

const ACTIONS = ["start", "status", "stop", "rollback"];

/** The exit codes of the status. An apply also ends with 4 for a version that was taken back. */
const EXIT = { live: 0, due: 2, "taken back": 4 };

/** `npm run release`: releases the newest version of each function with a gradual release, or shows, stops or undoes that. */
async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseOptions(
    args,
    {
      function: { type: "string" },
      version: { type: "string" },
      "ignore-alarms": { type: "boolean", default: false },
      "at-once": { type: "boolean", default: false },
    },
    true,
  );
  const [action = "start", ...others] = positionals;
  if (!ACTIONS.includes(action) || others.length > 0) {
    throw new UserError(`${positionals.join(" ")} is not allowed; use status, stop, rollback or none of them.`);
  }
  if (values.version !== undefined && action !== "rollback") throw new UserError("--version needs rollback.");
  for (const name of ["ignore-alarms", "at-once"] as const) {
    if (values[name] && action !== "start") throw new UserError(`--${name} is not for ${action}.`);
  }
  const target = await openWithoutTerraform(APPLICATION);
  const { deployment } = target;
  await deployment.synthesize();
  const all = gradualFunctions(deployment.system.configuration());
  if (action === "status" && all.length === 0) {
    console.error("No function of this environment has a gradual release.");
    return EXIT.live;
  }
  const functions = choose(all, values.function, action);
  const { description } = await checkAccount(target, deployment.system).catch(explainFailure);
  console.error(`Releases ${description}`);
  const aws = await deployment.connect();
  if (action === "status") return showStatus(functions.map((fn) => new ReleaseClient(aws, fn))).catch(explainFailure);
  return runReleases(aws, functions, (client, progress) => {
    if (action === "stop") return stopRelease(client, { progress });
    if (action === "rollback") return rollBack(client, { progress }, values.version);
    const { "ignore-alarms": ignoresAlarms, "at-once": atOnce } = values;
    return releaseNewest(client, { progress, again: true, ignoresAlarms, atOnce });
  }).catch(explainFailure);
}

async function showStatus(clients: readonly ReleaseClient[]): Promise<number> {
  const states = new Set<State>();
  for (const client of clients) {
    const { state, text } = await describeRelease(client);
    states.add(state);
    console.log(`${client.fn.functionName}: ${text}`);
  }
  const state = (["due", "taken back"] as const).find((each) => states.has(each));
  return EXIT[state ?? "live"];
}

/** A rollback of all functions would undo more than the user means. */
function choose(all: readonly GradualFunction[], name: string | undefined, action: string): readonly GradualFunction[] {
  if (all.length === 0) {
    throw new UserError("No function of this environment has a gradual release; set function.release and deploy.");
  }
  const names = all.map(({ functionName }) => functionName).join(", ");
  const chosen = name === undefined ? all : all.filter(({ functionName }) => functionName === name);
  if (chosen.length === 0) throw new UserError(`There is no gradual release of ${name}; there are ${names}.`);
  if (action === "rollback" && chosen.length > 1) throw new UserError(`Choose one with --function: ${names}.`);
  return chosen;
}

runCommand(main);
