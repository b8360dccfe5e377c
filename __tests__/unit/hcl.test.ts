import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PROJECT_FOLDER } from "@local/command-line/project";
import { readVariants, synthesize } from "../../tools/variants";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hcl-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

type Blocks = Readonly<Record<string, Readonly<Record<string, object>>>>;

test.each(readVariants())("CDKTF writes $name as HCL with all that the JSON has", async (variant) => {
  const [json, hcl] = [join(folder, "json"), join(folder, "hcl")];
  await synthesize(PROJECT_FOLDER, variant, json);
  await synthesize(PROJECT_FOLDER, variant, hcl, { SYNTH_HCL_OUTPUT: "true" });
  const stacks = readdirSync(join(json, "stacks"));
  expect(readdirSync(join(hcl, "stacks"))).toEqual(stacks);
  for (const stack of stacks) {
    const configuration = JSON.parse(readFileSync(join(json, "stacks", stack, "cdk.tf.json"), "utf8"));
    const { "//": _metadata, terraform: _settings, provider: _provider, locals = {}, ...rest } = configuration;
    const { resource, data = {}, output = {}, ...others } = rest;
    // Blocks of other kinds need a look at what CDKTF writes of them.
    expect([stack, others]).toEqual([stack, {}]);
    const headersOf = (kind: string, blocks: Blocks) =>
      Object.entries(blocks).flatMap(([type, named]) =>
        Object.keys(named).map((name) => `${kind} "${type}" "${name}"`),
      );
    const wanted = [
      ...headersOf("resource", resource),
      ...headersOf("data", data),
      ...Object.keys(output).map((name) => `output "${name}"`),
    ];
    const text = readFileSync(join(hcl, "stacks", stack, "cdk.tf"), "utf8");
    const found = [...text.matchAll(/^((?:resource|data|output) .*?) ?\{$/gm)].map(([, header]) => header);
    expect(found.sort()).toEqual(wanted.sort());
    for (const name of Object.keys(locals)) expect(text).toContain(`${name} =`);
    expect(text).not.toMatch(/\[object Object\]|TfToken|undefined/);
  }
});
