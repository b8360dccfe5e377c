import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "@local/command-line/process/child-process";
import { parse } from "yaml";

interface Step {
  readonly name?: string;
  readonly id?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}
interface Job {
  readonly needs?: string | readonly string[];
  readonly if?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly uses?: string;
  readonly environment?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly strategy?: { readonly matrix: { readonly include: readonly Readonly<Record<string, string>>[] } };
  readonly steps?: readonly Step[];
}
interface Workflow {
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

const FOLDER = ".github/workflows";
const names = readdirSync(FOLDER);
const read = (path: string) => readFileSync(path, "utf8");
const workflow = (name: string): Workflow => parse(read(join(FOLDER, name)));
const job = (name: string, id: string): Job => workflow(name).jobs[id] ?? {};
const jobs = names.flatMap((name) =>
  Object.entries(workflow(name).jobs).map(([id, content]): [string, Job] => [`${name} ${id}`, content]),
);
const setup = read(".github/actions/setup/action.yml");
const steps: Step[] = [...jobs.flatMap(([, { steps = [] }]) => steps), ...parse(setup).runs.steps];
const indexOf = ({ steps = [] }: Job, part: string) =>
  steps.findIndex(({ uses = "", run = "" }) => (uses + run).includes(part));

describe("what the workflows run", () => {
  const texts = [...names.map((name) => read(join(FOLDER, name))), setup].join("\n");
  const used = [...texts.matchAll(/\buses: (\S+)(.*)$/gm)].map(([, action = "", comment = ""]) => ({
    action,
    comment,
  }));

  test("is an action of this repository, or one at a commit with its version in a comment", () => {
    expect(used.length).toBeGreaterThan(20);
    const others = used.filter(({ action }) => !action.startsWith("./"));
    const loose = others.filter(
      ({ action, comment }) => !/@[0-9a-f]{40}$/.test(action) || !/^ # v\d+\.\d+\.\d+$/.test(comment),
    );
    expect(loose).toEqual([]);
    const pins = new Set(others.map(({ action, comment }) => action + comment));
    expect(pins.size).toBe(new Set(others.map(({ action }) => action.split("@")[0])).size);
  });

  test("is kept up to date in each folder", () => {
    const { updates }: { updates: { "package-ecosystem": string; directories?: string[]; directory?: string }[] } =
      parse(read(".github/dependabot.yml"));
    const kept = updates.flatMap(({ "package-ecosystem": ecosystem, directories = [], directory = "/" }) =>
      [...new Set([...directories, directory])].map((folder) => `${ecosystem} ${folder}`),
    );
    const actions = readdirSync(".github/actions").map((name) => `github-actions /.github/actions/${name}`);
    expect(kept).toEqual(expect.arrayContaining(["github-actions /", ...actions, "npm /", "pip /", "pip /.github"]));
  });

  test("has no expression in a script, where somebody's branch or title would become a command", () => {
    expect(steps.filter(({ run = "" }) => run.includes("${{"))).toEqual([]);
  });

  test("exists", () => {
    const scripts = steps.map(({ run = "" }) => run).join("\n");
    const files = [...scripts.matchAll(/run\.mjs (\S+)|(?:--requirement )?(?<=\s|^)(\.(?:github|ci)\/\S+)/gm)];
    const paths = files.map(([, command, file]) => command ?? file ?? "");
    expect(paths).toEqual(expect.arrayContaining(["tools/checkov.ts", "tools/drift.ts", ".ci/run"]));
    expect(paths.filter((path) => !existsSync(path))).toEqual([]);
    const used = [...scripts.matchAll(/npm run (?:--silent )?([\w:]+)/g)].map(([, script = ""]) => script);
    expect(Object.keys(JSON.parse(read("package.json")).scripts)).toEqual(expect.arrayContaining(used));
  });

  test("installs no package with its scripts where there is a token for AWS", () => {
    const withToken = jobs
      .filter(([, { permissions }]) => permissions?.["id-token"])
      .flatMap(([, { steps = [] }]) => steps);
    const installs = withToken.filter(({ run = "" }) => /\bnpm (ci|install)/.test(run));
    expect(installs.length).toBeGreaterThan(3);
    expect(installs.filter(({ run }) => run !== "npm ci --ignore-scripts")).toEqual([]);
  });
});

describe("permissions", () => {
  test("to more than reading the repository are a job's own", () => {
    for (const name of names) expect(workflow(name).permissions).toEqual({ contents: "read" });
    const more = jobs.flatMap(([name, { permissions = {} }]) => {
      const { contents, ...others } = permissions;
      expect([undefined, "read"]).toContain(contents);
      return Object.keys(others).length > 0 ? [[name, others]] : [];
    });
    expect(Object.fromEntries(more)).toEqual({
      "ci.yml plan": { "id-token": "write", "pull-requests": "write" },
      "deploy.yml automatic": { actions: "read", "id-token": "write" },
      "deploy.yml approved": { actions: "read", "id-token": "write" },
      "deploy-environment.yml plan": { actions: "read", "id-token": "write" },
      "deploy-environment.yml apply": { "id-token": "write" },
      "drift.yml drift": { "id-token": "write", issues: "write" },
    });
  });

  // GitHub does not even start a workflow that calls another one without them.
  test("of a called workflow are its caller's, too", () => {
    const calls = jobs.filter(([, { uses }]) => uses?.startsWith("./"));
    expect(calls.length).toBeGreaterThanOrEqual(6);
    for (const [, { uses = "", permissions = { contents: "read" } }] of calls) {
      for (const called of Object.values(workflow(uses.replace(`./${FOLDER}/`, "")).jobs)) {
        expect(permissions).toMatchObject(called.permissions ?? {});
      }
    }
  });

  test("stay in the token: no checkout leaves it on the disk", () => {
    const checkouts = steps.filter(({ uses }) => uses?.startsWith("actions/checkout@"));
    expect(checkouts.filter((step) => step.with?.["persist-credentials"] !== false)).toEqual([]);
  });
});

/** What GitHub makes of an expression; what an event does not have is nothing. */
function evaluate(expression: string, contexts: Readonly<Record<string, unknown>>): unknown {
  const functions = {
    always: () => true,
    format: (text: string, value: unknown) => text.replace("{0}", String(value ?? "")),
    hashFiles: () => "digest",
  };
  const names = { ...functions, ...contexts };
  const optional = expression.replace(/^\$\{\{|\}\}$/g, "").replace(/(?<=[a-z])\.(?=[a-z_]+\b(?!'))/gi, "?.");
  return new Function(...Object.keys(names), `return ${optional}`)(...Object.values(names));
}

describe("the default branch", () => {
  const on = (ref: string, event_name = "push", repository: object | null = { default_branch: "trunk" }) => ({
    github: { ref, event_name, event: { repository } },
  });

  test("has no fixed name in a workflow", () => {
    for (const name of names) expect([name, /\bmain\b/.exec(read(join(FOLDER, name)))]).toEqual([name, null]);
  });

  test.each([
    ["deploy.yml", "test"],
    ["deploy.yml", "environments"],
    ["drift.yml", "environments"],
  ])("is the only one for which %s runs the job %s", (name, id) => {
    const runs = (contexts: object) => evaluate(job(name, id).if ?? "true", { ...contexts });
    expect(runs(on("refs/heads/trunk"))).toBe(true);
    expect(runs(on("refs/heads/trunk", "workflow_dispatch"))).toBe(true);
    for (const ref of ["refs/heads/main", "refs/heads/trunk2", "refs/tags/trunk"]) {
      expect(runs(on(ref))).toBe(false);
      expect(runs(on(ref, "workflow_dispatch"))).toBe(false);
    }
  });

  test("is that of a schedule, whose event has no repository", () => {
    expect(evaluate(job("drift.yml", "environments").if ?? "", on("refs/heads/trunk", "schedule", null))).toBe(true);
  });

  test("is compared with the settings, which the roles trust", () => {
    expect(read(join(FOLDER, "environments.yml"))).toContain(
      "DEFAULT_BRANCH: ${{ github.event.repository.default_branch }}\n        run: node packages/command-line/launcher/run.mjs tools/github.ts list-environments",
    );
  });

  test("is deployed after a push to it; nothing else in deploy.yml begins without these jobs", () => {
    const { push } = parse(read(join(FOLDER, "deploy.yml"))).on;
    expect(push).toEqual({ "branches-ignore": ["gh-readonly-queue/**"] });
    const first = Object.entries(workflow("deploy.yml").jobs).filter(([, { needs }]) => !needs);
    expect(first.map(([id]) => id)).toEqual(["test", "environments"]);
  });
});

describe("a merge group", () => {
  const plan = job("ci.yml", "plan");
  const repository = {
    repository: "octo/requests",
    event: { pull_request: { head: { repo: { full_name: "octo/requests" } } } },
  };
  const group = { repository: "octo/requests", event: { merge_group: { base_ref: "refs/heads/main" } } };
  const matrix = { environment: { planRole: "arn:aws:iam::123456789012:role/plan" } };

  test("is tested as a pull request is, but planned without credentials, which no role gives it", () => {
    const onAws = plan.env?.ON_AWS ?? "";
    expect(evaluate(onAws, { github: repository, matrix })).toBe(true);
    expect(evaluate(onAws, { github: group, matrix })).toBe(false);
    expect(Object.values(workflow("ci.yml").jobs).filter((each) => each.if)).toEqual([]);
  });

  test("has no comment", () => {
    const comment = plan.steps?.find(({ name }) => name === "Comment")?.if ?? "";
    expect(evaluate(comment, { github: repository })).toBe(true);
    expect(evaluate(comment, { github: group })).toBe(false);
  });
});

describe("a deployment", () => {
  const automatic = job("deploy.yml", "automatic");
  const approved = job("deploy.yml", "approved");
  const plan = job("deploy-environment.yml", "plan");

  /** Whether the job for environments that are approved runs, after others that ended so. */
  function runsApproved(
    results: Record<string, string>,
    approvedList = '[{"name":"production"}]',
    event_name = "push",
  ): boolean {
    const needs = Object.fromEntries(
      Object.entries({ test: "success", environments: "success", automatic: "success", ...results }).map(
        ([id, result]) => [id, { result, outputs: { approved: approvedList } }],
      ),
    );
    const contains = (list: string[], item: string) => list.includes(item);
    const evaluate = new Function("needs", "cancelled", "contains", "fromJSON", "github", `return ${approved.if}`);
    return evaluate(needs, () => false, contains, JSON.parse, { event_name });
  }

  test("needs the tests, which run once for a commit", () => {
    for (const { needs } of [automatic, approved])
      expect(needs).toEqual(expect.arrayContaining(["test", "environments"]));
    // Without a function of the status, a job also needs their success.
    expect(automatic.if).toBe("needs.environments.outputs.automatic != '[]'");
    expect(parse(read(join(FOLDER, "ci.yml"))).on).toEqual({ pull_request: null, merge_group: null });
    expect(parse(read(join(FOLDER, "test.yml"))).on).toEqual({ workflow_call: { inputs: expect.anything() } });
  });

  test("that must be approved comes after the others have succeeded, or where there are none", () => {
    expect(runsApproved({})).toBe(true);
    expect(runsApproved({ automatic: "skipped" })).toBe(true);
    for (const result of ["failure", "cancelled"]) expect(runsApproved({ automatic: result })).toBe(false);
    // Somebody who starts it by hand wants this one.
    expect(runsApproved({ automatic: "failure" }, undefined, "workflow_dispatch")).toBe(true);
    expect(runsApproved({ test: "failure" }, undefined, "workflow_dispatch")).toBe(false);
    for (const result of ["failure", "cancelled", "skipped"]) {
      expect(runsApproved({ test: result, automatic: "skipped" })).toBe(false);
    }
    // On another branch.
    expect(runsApproved({ environments: "skipped", automatic: "skipped" }, "")).toBe(false);
    expect(runsApproved({}, "[]")).toBe(false);
  });

  test("applies in GitHub's environment, and nothing else runs there", () => {
    const inEnvironment = jobs.filter(([, { environment }]) => environment);
    expect(inEnvironment.map(([name, { environment }]) => [name, environment])).toEqual([
      ["deploy-environment.yml apply", "${{ inputs.github-environment }}"],
    ]);
    const deployRole = jobs.filter(([, content]) => JSON.stringify(content).includes("DEPLOY_ROLE_ARN"));
    expect(deployRole.map(([name]) => name)).toEqual(["deploy-environment.yml apply"]);
    expect(job("deploy-environment.yml", "apply").needs).toBe("plan");
  });

  test("is planned only after a check that it is protected, and of the newest commit", () => {
    const check = indexOf(plan, "check-protection");
    expect(plan.steps?.[check]).not.toHaveProperty("if");
    for (const part of ["configure-aws-credentials", "npm run --silent plan"]) {
      expect(plan.steps?.[indexOf(plan, part)]?.if).toBe("steps.commit.outputs.newest == 'true'");
    }
    expect(plan.steps?.[indexOf(plan, "is-newest")]?.id).toBe("commit");
    expect(check).toBeGreaterThan(0);
    expect(check).toBeLessThan(indexOf(plan, "configure-aws-credentials"));
    expect(approved.with?.["needs-approval"]).toBe(true);
    expect(automatic.with?.["needs-approval"]).toBe(false);
  });

  test("has the only plans that are kept", () => {
    const uploads = jobs.filter(([, content]) => indexOf(content, "upload-artifact") >= 0);
    expect(uploads.map(([name]) => name)).toEqual(["deploy-environment.yml plan"]);
  });
});

describe("the tests run with", () => {
  const { include = [] } = job("test.yml", "test").strategy?.matrix ?? {};
  const versions = (key: string) => [...new Set(include.map((entry) => entry[key]))];
  const [oldest, newest] = [include[0], include.at(-1)];
  const constraints = read("stacks/terraform-configuration.ts");

  test("the oldest Node.js that package.json allows, and each line since", () => {
    expect(`>=${oldest?.node}`).toBe(JSON.parse(read("package.json")).engines.node);
    expect(versions("node")).toEqual(["20.9", "22", "24", "26"]);
  });

  test("the oldest and the newest Terraform and AWS provider that the stacks allow, and what the pipeline runs with", () => {
    const { inputs } = parse(setup);
    expect(constraints).toContain(`">= ${oldest?.terraform}"`);
    expect(constraints).toContain(`">= ${oldest?.["aws-provider"]}, < 7.0.0"`);
    expect(newest).toEqual({ node: "26", terraform: "latest" });
    expect(include).toContainEqual({ node: inputs.node.default, terraform: inputs.terraform.default });
  });
});

describe("a step's script", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "workflows-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Runs a step with a stand-in for npm. Returns its exit code and what it wrote. */
  async function runStep(name: string, id: string, stepName: string, npm: string, env: NodeJS.ProcessEnv = {}) {
    const script = job(name, id).steps?.find((step) => step.name === stepName)?.run ?? "";
    const bin = join(folder, "bin");
    mkdirSync(bin);
    writeFileSync(join(bin, "npm"), `#!/bin/sh\necho "$@" > npm.txt\n${npm}\n`, { mode: 0o755 });
    const [output, summary] = ["output.txt", "summary.txt"].map((file) => join(folder, file));
    const { exitCode } = await run("bash", ["-e", "-c", script], {
      cwd: folder,
      env: { ...env, PATH: `${bin}:${process.env.PATH}`, GITHUB_OUTPUT: output, GITHUB_STEP_SUMMARY: summary },
    });
    const written = (file: string) => (existsSync(join(folder, file)) ? read(join(folder, file)) : "");
    return { exitCode, arguments: written("npm.txt"), output: written("output.txt"), plan: written("plan.md") };
  }

  test.each([
    [0, 0],
    [2, 0],
    [1, 1],
    [3, 1],
  ])("plans a deployment: npm run plan ends with %d, the step with %d", async (status, expected) => {
    const result = await runStep("deploy-environment.yml", "plan", "Plan", `echo "### Plan"; exit ${status}`);
    expect(result).toMatchObject({ exitCode: expected, output: `status=${status}\n`, plan: "### Plan\n" });
  });

  test.each([
    [0, 0],
    [2, 0],
    [1, 1],
    [4, 1],
  ])(
    "without changes, asks for a release: npm run release ends with %d, the step with %d",
    async (status, expected) => {
      const npm = `case "$*" in *"release -- status"*) echo "version 2 is not live"; exit ${status};; esac`;
      const result = await runStep("deploy-environment.yml", "plan", "Plan", npm);
      expect(result).toMatchObject({ exitCode: expected, output: `status=${status}\n` });
      expect(read(join(folder, "summary.txt"))).toBe("version 2 is not live\n");
    },
  );

  test.each([
    [0, 0],
    [2, 0],
    [1, 1],
    [3, 3],
  ])("plans a pull request: npm run plan ends with %d, the step with %d", async (status, expected) => {
    const env = { ON_AWS: "true", ENVIRONMENT: "production" };
    const result = await runStep("ci.yml", "plan", "Plan", `echo "### Plan"; exit ${status}`, env);
    expect(result).toMatchObject({ exitCode: expected, plan: "### Plan\n" });
    expect(result.arguments).toContain("--no-lock");
  });

  test("says why there is no plan of a pull request, and that it was made on an emulator", async () => {
    const env = { ON_AWS: "false", ENVIRONMENT: "staging" };
    const { exitCode, plan } = await runStep("ci.yml", "plan", "Plan", "echo Error: broken >&2; exit 1", env);
    expect(exitCode).toBe(1);
    expect(plan).toMatch(
      /^### There is no plan of staging\n\n~~~~\nError: broken\n~~~~\n_Planned against an empty emulator/,
    );
  });

  test("makes a mirror with one version of the AWS provider", async () => {
    const [terraform, seen, mirror] = [join(folder, "terraform"), join(folder, "seen.tf"), join(folder, "mirror")];
    const record = `cp "\${1#-chdir=}/main.tf" ${seen}; echo "# $TF_PLUGIN_CACHE_DIR" >> ${seen}`;
    writeFileSync(terraform, `#!/bin/sh\necho output of Terraform\n${record}\n`, { mode: 0o755 });
    const env = { PATH: `${folder}:${process.env.PATH}` };
    const { stdout } = await run(".github/provider-mirror.sh", ["5.100.0", mirror], { env });
    expect(stdout).toBe(`TF_PROVIDER_MIRROR=${mirror}\n`);
    expect(read(seen)).toMatch(/source += "hashicorp\/aws"\n +version = "5\.100\.0"/);
    expect(read(seen)).toContain(`# ${mirror}\n`);
    expect(existsSync(mirror)).toBe(true);
  });
});
