import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { readArchitecture } from "@local/aws-on-this-machine/diagram/architecture";
import { TYPESCRIPT } from "@local/command-line/launcher/typescript";
import { refuseLosses } from "@local/terraform/plan/changes/losses";
import { summarizePlan } from "@local/terraform/plan/plan-summary";
import { applyRecipes, loadStack, type Recipe, readRecipes, within } from "../../recipes";
import { type Synthesized, synthesizeGithubAccess, synthesizeSystem } from "./system";

const MOST_LINES = 15;

/** The resources that come with each function; the queue is for its dead letters. */
const FUNCTION = { aws_lambda_function: 1, aws_iam_role: 1, aws_cloudwatch_log_group: 1, aws_sqs_queue: 1 };
const ROUTE = { aws_apigatewayv2_integration: 1, aws_apigatewayv2_route: 1, aws_lambda_permission: 1 };

/** The resources that each recipe adds, apart from policies and alarms. */
const ADDED: Record<string, Record<string, number>> = {
  "A library": { ...FUNCTION, ...ROUTE },
  "A second function with a route": { ...FUNCTION, ...ROUTE },
  "An index and a query": { ...FUNCTION, ...ROUTE, aws_dynamodb_table: 1, aws_appautoscaling_target: 4 },
  "A queue with a worker": { ...FUNCTION, aws_sqs_queue: 3, aws_lambda_event_source_mapping: 1 },
  "A table's stream": {
    ...FUNCTION,
    aws_dynamodb_table: 1,
    aws_appautoscaling_target: 2,
    aws_lambda_event_source_mapping: 1,
  },
  "An upload's notification": {
    ...FUNCTION,
    aws_lambda_permission: 1,
    aws_s3_bucket: 1,
    aws_s3_bucket_notification: 1,
  },
  "A second schedule": { aws_cloudwatch_event_rule: 1, aws_cloudwatch_event_target: 1, aws_lambda_permission: 1 },
  "A secret": { aws_iam_role_policy: 1 },
  "A compiled library that validates the body": { ...FUNCTION, ...ROUTE },
  "A domain with several APIs": {
    ...ROUTE,
    aws_apigatewayv2_api: 1,
    aws_cloudwatch_log_group: 1,
    aws_apigatewayv2_domain_name: 1,
    aws_apigatewayv2_api_mapping: 2,
    aws_acm_certificate: 1,
    aws_route53_record: 3,
  },
  "An alarm of your own": { aws_cloudwatch_metric_alarm: 1 },
};

const recipes = readRecipes();
const folderOf = ({ title }: Recipe) => join(root, title.replace(/\W+/g, "-"));
const synthesizeIn = (folder: string, synthesize = synthesizeSystem): Synthesized =>
  within(folder, () => synthesize({}, "production", loadStack(folder)));

let root: string;
let all: string;
let base: Synthesized;
let system: Synthesized;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "growing-"));
  all = join(root, "all");
  for (const recipe of recipes) applyRecipes([recipe], folderOf(recipe), false);
  applyRecipes(recipes, all, false);
  base = synthesizeSystem();
  system = synthesizeIn(all);
});
afterAll(() => rmSync(root, { recursive: true }));

/** How many more resources of these types a system has than the one without recipes. */
const added = (grown: Synthesized, types: readonly string[]) =>
  Object.fromEntries(types.map((type) => [type, grown.all(type).length - base.all(type).length]));

test("the page has the recipes that are expected", () => {
  expect(recipes.map(({ title }) => title)).toEqual(Object.keys(ADDED));
});

describe.each(recipes)("the recipe $title", (recipe) => {
  const expected = ADDED[recipe.title] ?? {};

  test("has a few lines, all of the application", () => {
    for (const [file, code] of Object.entries(recipe.blocks)) {
      expect(code.split("\n").length - 1).toBeLessThanOrEqual(MOST_LINES);
      expect(file).not.toMatch(/^(commands|packages|tools)\//);
    }
  });

  test("adds its resources", () => {
    const grown = synthesizeIn(folderOf(recipe));
    expect(added(grown, Object.keys(expected))).toEqual(expected);
  });
});

describe("all recipes together", () => {
  test("add the resources of each", () => {
    const sums: Record<string, number> = {};
    for (const [type, count] of Object.values(ADDED).flatMap(Object.entries)) sums[type] = (sums[type] ?? 0) + count;
    // Each recipe has these, too.
    const { aws_iam_role_policy, aws_cloudwatch_metric_alarm, ...exactly } = sums;
    expect(added(system, Object.keys(exactly))).toEqual(exactly);
  });

  test("are watched", () => {
    const alarms = JSON.stringify(system.all("aws_cloudwatch_metric_alarm"));
    const dashboard = JSON.stringify(system.config.locals);
    for (const type of ["aws_lambda_function", "aws_dynamodb_table", "aws_sqs_queue"]) {
      const references = Object.keys(system.config.resource[type]).map((id) => `\${${type}.${id}.`);
      expect(references.filter((each) => !alarms.includes(each))).toEqual([]);
      expect(references.filter((each) => !dashboard.includes(each))).toEqual([]);
    }
  });

  test("are in the diagram, each with an arrow", () => {
    const { nodes, edges } = readArchitecture(system.config);
    const count = (name: string) => nodes.filter(({ service }) => service === name).length;
    expect(count("Lambda function")).toBe(system.all("aws_lambda_function").length);
    expect(count("DynamoDB table")).toBe(system.all("aws_dynamodb_table").length);
    expect(count("SQS queue")).toBe(system.all("aws_sqs_queue").length);
    expect(count("S3 bucket")).toBe(system.all("aws_s3_bucket").length);
    expect(nodes.filter(({ id }) => !edges.some(({ from, to }) => from === id || to === id))).toEqual([]);
  });

  test("are known to the roles for GitHub, which refuse an unknown type", () => {
    const roles = synthesizeIn(all, synthesizeGithubAccess);
    const resources = JSON.stringify(roles.statements());
    for (const name of ["order-reader", "carts", "emails", "uploads", "weekly", "shop.example.com", "many-requests"]) {
      expect([name, resources.includes(name)]).toEqual([name, true]);
    }
  });

  test.each([["delete"], ["delete,create"], ["create,delete"]])(
    "are guarded where they hold data or have an address, against %s",
    (actions) => {
      const GUARDED = /^aws_(dynamodb_table|sqs_queue|s3_bucket|cloudwatch_log_group|apigatewayv2_(api|stage))\./;
      const UNGUARDED =
        /^aws_(lambda_\w+|iam_\w+|cloudwatch_(metric_alarm|event_\w+)|s3_bucket_\w+|sqs_queue_policy)\./;
      const changes = Object.entries<object>(system.config.resource).flatMap(([type, resources]) =>
        Object.keys(resources).map((id) => ({
          address: `${type}.${id}`,
          type,
          mode: "managed",
          change: { actions: actions.split(","), before: {}, after: actions === "delete" ? null : {} },
        })),
      );
      const refused = changes.filter((each) => refuseLosses(summarizePlan({ resource_changes: [each] }), []));
      const addresses = changes.map(({ address }) => address);
      const found = refused.map(({ address }) => address);
      expect(found).toEqual(expect.arrayContaining(addresses.filter((address) => GUARDED.test(address))));
      expect(found.filter((address) => UNGUARDED.test(address))).toEqual([]);
    },
  );
});

describe("the code of the recipes", () => {
  const run = (args: string[], cwd: string) =>
    execFileSync(process.execPath, args, { cwd, stdio: "pipe", encoding: "utf8" });

  test("has correct types", () => {
    const files = [...recipes.map(folderOf), all].map((folder) =>
      join(folder, "stacks", "serverless-infrastructure-stack.ts"),
    );
    const compilerOptions = { rootDir: "/", types: ["node"], typeRoots: [resolve("node_modules/@types")] };
    const config = { extends: resolve("tsconfig.json"), compilerOptions, files, include: [] };
    writeFileSync(join(root, "tsconfig.json"), JSON.stringify(config));
    run([resolve("node_modules/typescript/lib/tsc.js"), "-p", root], root);
  });

  test("passes the lint", () => {
    for (const file of ["biome.json", ".gitignore"]) cpSync(file, join(all, file));
    const biome = resolve("node_modules/@biomejs/biome/bin/biome");
    // `npm run format` sorts the imports.
    run([biome, "check", "--assist-enabled=false", join("stacks", "serverless-infrastructure-stack.ts")], all);
    for (const folder of ["__tests__", "packages", "tools"]) mkdirSync(join(all, folder));
    run([...TYPESCRIPT, resolve("tools/ruff.ts")], all);
  });
});
