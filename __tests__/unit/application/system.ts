import { Testing } from "cdktf";
import { parseSettings } from "../../../settings/settings";
import { GithubAccessStack } from "../../../stacks/github-access-stack";
import { ServerlessInfrastructureStack } from "../../../stacks/serverless-infrastructure-stack";
import { StateBackendStack } from "../../../stacks/state-backend-stack";
import { withApp } from "./synthesize";

/** Synthesizes the system, or one with additions, for an environment that overrides the defaults so. */
export function synthesizeSystem(
  overrides: object = {},
  environment = "production",
  System = ServerlessInfrastructureStack,
): Synthesized {
  const settings = parseSettings({ [environment]: overrides }, environment);
  return new Synthesized(withApp((app) => Testing.synth(new System(app, "system", settings))));
}

/** Synthesizes the bucket for the state, likewise. */
export function synthesizeStateBackend(overrides: object = {}, environment = "production"): Synthesized {
  const settings = parseSettings({ [environment]: overrides }, environment);
  return new Synthesized(withApp((app) => Testing.synth(new StateBackendStack(app, "state", settings))));
}

/**
 * Synthesizes the roles for GitHub's workflows, likewise.
 *
 * @param System the stack that the roles plan and deploy
 */
export function synthesizeGithubAccess(
  overrides: object = {},
  environment = "production",
  System = ServerlessInfrastructureStack,
): Synthesized {
  const settings = parseSettings(
    { [environment]: { github: { repository: "octo/requests" }, ...overrides } },
    environment,
  );
  const { github } = settings;
  if (!github) throw new Error("An environment without github has no such stack");
  return new Synthesized(
    withApp((app) => {
      const system = new System(app, "system", settings);
      return Testing.synth(new GithubAccessStack(app, "github-access", { ...settings, github }, system));
    }),
  );
}

// biome-ignore lint/suspicious/noExplicitAny: Terraform JSON has no type of ours
type Block = any;

/** Terraform JSON, with ways to ask about it. */
export class Synthesized {
  readonly config: Block;

  constructor(readonly json: string) {
    this.config = JSON.parse(json);
  }

  /** All resources of a type. */
  all(type: string): Block[] {
    return Object.values(this.config.resource[type] ?? {});
  }

  /** The only resource of a type. */
  only(type: string): Block {
    const found = this.all(type);
    expect([type, found.length]).toEqual([type, 1]);
    return found[0];
  }

  /** A reference to an attribute of the only resource, or data source, of a type. */
  reference(type: string, attribute: string): string {
    const [kind, prefix] = type.startsWith("data.") ? ["data", "data."] : ["resource", ""];
    const bare = type.replace("data.", "");
    const ids = Object.keys(this.config[kind][bare]);
    expect([type, ids.length]).toEqual([type, 1]);
    return `\${${prefix}${bare}.${ids[0]}.${attribute}}`;
  }

  /** The statements of every IAM policy document. */
  statements(): Block[] {
    return Object.values<Block>(this.config.data.aws_iam_policy_document).flatMap(({ statement }) => statement);
  }

  /** The statements that allow an action. */
  allowing(action: string): Block[] {
    return this.statements().filter(({ effect, actions }) => effect !== "Deny" && actions.includes(action));
  }
}
