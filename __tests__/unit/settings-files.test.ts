import { readFileSync } from "node:fs";
import { z } from "zod";
import { renderJsonSchema } from "../../settings/json-schema";
import { environmentSettings } from "../../settings/schema";
import { renderSettingsPage } from "../../settings/settings-page";

test.each([
  ["settings/settings.schema.json", renderJsonSchema],
  ["docs/settings.md", renderSettingsPage],
])("npm run settings has nothing to write to %s", (file, render) => {
  expect(readFileSync(file, "utf8")).toBe(render());
});

describe("docs/settings.md", () => {
  const rows = [...readFileSync("docs/settings.md", "utf8").matchAll(/^\| `([\w.]+)` \| (.+) \| (.*) \|$/gm)];
  const row = (setting: string) => rows.find(([, name]) => name === setting)?.slice(2);

  test("lists every setting, and no other", () => {
    const objectsWithRows = ["api.domain", "api.domain.mutualTls", "api.jwtAuthorizer", "github"];
    const listed = rows.map(([, setting = ""]) => setting).filter((setting) => !objectsWithRows.includes(setting));
    const leaves = walk(z.toJSONSchema(environmentSettings, { io: "input" })).filter(({ isLeaf }) => isLeaf);
    expect(listed).toEqual([...new Set(leaves.map(({ path }) => path))]);
  });

  test.each([
    ["function.memoryMb", "`256`", /^The function's memory\. .* Use a whole number from 128 to 10240 \(MB\)\.$/],
    ["table.capacity.mode", '`"provisioned"`', /^`"provisioned"`: Autoscaling .* `"on-demand"`: DynamoDB /],
    ["api.jwtAuthorizer", "none; the API is open", /JSON Web Token/],
    ["api.jwtAuthorizer.issuer", "required", /Use the issuer's https:\/\/ URL\.$/],
    ["alarms.email", "none", /Use an e-mail address, or a list of them\.$/],
  ])("says the default of %s, its meaning and what is allowed", (setting, whereUnset, meaning) => {
    expect(row(setting)).toEqual([whereUnset, expect.stringMatching(meaning)]);
  });
});

describe("settings.schema.json", () => {
  const jsonSchema = JSON.parse(readFileSync("settings/settings.schema.json", "utf8"));
  const configuration = JSON.parse(readFileSync("cdktf.json", "utf8"));
  const environment = jsonSchema.properties.context.properties.environments.additionalProperties;

  /** Where an editor marks this file. */
  function marked(file: unknown): string[] {
    const { error } = z.fromJSONSchema(jsonSchema).safeParse(file);
    return error?.issues.map(({ path }) => path.join(".")) ?? [];
  }
  const withEnvironments = (others: object) => ({ ...configuration, context: { environments: others } });

  test("is what cdktf.json names, and takes it", () => {
    expect(configuration.$schema).toBe("./settings/settings.schema.json");
    expect(marked(configuration)).toEqual([]);
  });

  test("takes keys of CDKTF's own", () => {
    const context = { ...configuration.context, excludeStackIdFromLogicalIds: "true" };
    expect(marked({ ...configuration, context, codeMakerOutput: "bindings" })).toEqual([]);
  });

  test.each<[object, string]>([
    [{ function: { memoryMb: 100 } }, "function.memoryMb"],
    [{ function: { memory: 512 } }, "function"],
    [{ function: { logRetentionDays: 31 } }, "function.logRetentionDays"],
    [{ table: { capacity: { mode: "on-demand", min: 5 } } }, "table.capacity"],
    [{ schedule: { expression: "rate(1 hours)" } }, "schedule.expression"],
    [{ tags: { team: 5 } }, "tags.team"],
    [{ github: {} }, "github.repository"],
  ])("marks %j", (settings, path) => {
    expect(marked(withEnvironments({ production: settings }))).toEqual([`context.environments.production.${path}`]);
  });

  test("marks a name that no environment may have", () => {
    expect(marked(withEnvironments({ "Much too long for a bucket": {} }))).toHaveLength(1);
  });

  test("explains each setting, with what is allowed and the default", () => {
    const [, ...settings] = walk(environment);
    expect(settings.length).toBeGreaterThan(40);
    expect(settings.filter(({ description }) => !description)).toEqual([]);
    const { properties } = environment;
    expect(properties.function.properties.memoryMb.description).toMatch(/\(MB\)\. Default: 256\.$/);
    expect(properties.state.properties.key.description).toContain(" Default: `serverless-infrastructure/<environment>");
  });
});

type Schema = z.core.JSONSchema.BaseSchema;

/** What a schema describes: itself and, at any depth, the properties of an object or of its alternatives. */
function walk(schema: Schema, path: readonly string[] = []): { path: string; description: unknown; isLeaf: boolean }[] {
  const shapes = [schema, ...(schema.oneOf ?? [])] as Schema[];
  const fields = shapes.flatMap(({ properties }) => Object.entries(properties ?? {}) as [string, Schema][]);
  const inside = fields.flatMap(([name, field]) => walk(field, [...path, name]));
  return [{ path: path.join("."), description: schema.description, isLeaf: inside.length === 0 }, ...inside];
}
