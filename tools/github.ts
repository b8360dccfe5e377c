import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseOptions } from "@local/command-line/options";
import { runCommand } from "@local/command-line/process/run-command";
import { PROJECT_FOLDER } from "@local/command-line/project";
import { UserError } from "@local/command-line/user-error";
import { SettingsError } from "../settings/settings";
import { workflowGithub } from "./github/api";
import { isNewest, requireProtection } from "./github/approval";
import { reportDrift } from "./github/drift-issues";
import { githubEnvironments } from "./github/environments";
import { commentPlan } from "./github/plan-comment";

const github = workflowGithub(process.env);

/** The branch of the workflow's run: the default branch, since deploy.yml and drift.yml skip every other one. */
const branch = process.env.GITHUB_REF_NAME ?? "";

/** The actions of workflow steps. Each takes an argument, and returns the lines to print. */
const ACTIONS: Readonly<Record<string, (argument: string) => Promise<string[]>>> = {
  /** The environments as a step's outputs. `VARIABLES` has the repository's variables as JSON, `DEFAULT_BRANCH` may be empty. */
  "list-environments": async () => {
    const { context } = JSON.parse(readFileSync(join(PROJECT_FOLDER, "cdktf.json"), "utf8"));
    const { VARIABLES, DEFAULT_BRANCH } = process.env;
    const lists = githubEnvironments(context.environments, JSON.parse(VARIABLES || "{}"), DEFAULT_BRANCH);
    return Object.entries(lists).map(([name, list]) => `${name}=${JSON.stringify(list)}`);
  },
  /** Ends with 1 unless the repository's environment of this name is protected; with `NEEDS_APPROVAL`, by reviewers, too. */
  "check-protection": async (name) => {
    await requireProtection(name, { branch, needsApproval: process.env.NEEDS_APPROVAL === "true" }, github);
    return [`The environment ${name} is protected.`];
  },
  /** Whether the workflow's commit is the newest of its branch, as a step's output. */
  "is-newest": async () => [`newest=${await isNewest(process.env.GITHUB_SHA, branch, github)}`],
  /** Comments on the pull request `PULL_REQUEST` with the plan of `ENVIRONMENT` in a file. */
  "comment-plan": async (file) => {
    const { ENVIRONMENT = "", PULL_REQUEST = "" } = process.env;
    const plan = { environment: ENVIRONMENT, pullRequest: PULL_REQUEST, markdown: readFileSync(file, "utf8") };
    await commentPlan(plan, github);
    return [];
  },
  /** Opens and closes issues for the drift in a folder. */
  "report-drift": (folder) => reportDrift(folder, branch, github),
};

/** Runs one action of the workflows, such as `check-protection production`. */
async function main(args: string[]): Promise<number> {
  const [action = "", argument = ""] = parseOptions(args, {}, true).positionals;
  const run = ACTIONS[action];
  if (!run) throw new UserError(`${action} is not one of ${Object.keys(ACTIONS).join(", ")}.`);
  try {
    for (const line of await run(argument)) console.log(line);
    return 0;
  } catch (error) {
    throw error instanceof SettingsError ? new UserError(error.message) : error;
  }
}

runCommand(main);
