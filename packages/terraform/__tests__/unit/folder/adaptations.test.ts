import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findAdaptation } from "../../../folder/adaptations";
import { changeFiles, modulesOf } from "../../../folder/copy-folder";
import { explainInit, findStandIns, findSubstitutes } from "../../../folder/substitutes";

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "adapt-")));
});
afterEach(() => rmSync(root, { recursive: true }));

describe("an error of the AWS provider", () => {
  const unknown = (name: string, runtime: string) =>
    `expected ${name} to be one of ["nodejs20.x" "python3.9" "nodejs22.x" "python3.13"\n"python3.8" "java21"], got ${runtime}: `;

  test.each([
    ["runtime", "python3.14", "python3.13"],
    ["compatible_runtimes.0", "nodejs24.x", "nodejs22.x"],
  ])("a %s that it does not know becomes the newest one of its kind", (attribute, runtime, newest) => {
    const adaptation = findAdaptation(unknown(attribute, runtime));
    expect(adaptation?.notice).toBe(
      `The AWS provider does not know the runtime ${runtime}. ${newest} takes its place.`,
    );
    expect(adaptation?.change(`runtime = "${runtime}"\npath = "lib/${runtime}/x"`)).toBe(
      `runtime = "${newest}"\npath = "lib/${runtime}/x"`,
    );
  });

  test("a Region's attribute of version 6 becomes that of version 5", () => {
    const adaptation = findAdaptation(
      'Unsupported attribute: This object has no argument, nested block, or exported attribute named\n"region".',
    );
    expect(
      adaptation?.change('a = "${data.aws_region.now.region}"\nb = data.aws_region.all[0].region\nc = var.region'),
    ).toBe('a = "${data.aws_region.now.name}"\nb = data.aws_region.all[0].name\nc = var.region');
  });

  test.each([unknown("runtime", "cobol1"), 'expected type to be one of ["S"], got X', "Unsupported attribute: x"])(
    "%j has no remedy",
    (error) => expect(findAdaptation(error)).toBeUndefined(),
  );
});

test("a change leaves the originals of linked files as they are", () => {
  mkdirSync(join(root, "copies", "infra", ".terraform", "modules"), { recursive: true });
  mkdirSync(join(root, "copies", "module"));
  writeFileSync(join(root, "original.tf"), "old");
  symlinkSync(join(root, "original.tf"), join(root, "copies", "module", "main.tf"));
  writeFileSync(join(root, "copies", "infra", "a.auto.tfvars"), "old");
  writeFileSync(join(root, "copies", "infra", "notes.txt"), "old");
  const modules = [{ Dir: "." }, { Dir: "../module" }, { Dir: "../.." }];
  writeFileSync(
    join(root, "copies", "infra", ".terraform", "modules", "modules.json"),
    JSON.stringify({ Modules: modules }),
  );
  const copies = join(root, "copies");
  const folders = modulesOf(join(copies, "infra"), copies);
  expect(folders).toEqual([join(copies, "infra"), join(copies, "module")]);
  const change = (text: string) => text.replace("old", "new");
  expect([changeFiles(folders, copies, change), changeFiles(folders, copies, change)]).toEqual([true, false]);
  const read = (path: string) => readFileSync(join(root, path), "utf8");
  expect(
    ["copies/module/main.tf", "copies/infra/a.auto.tfvars", "copies/infra/notes.txt", "original.tf"].map(read),
  ).toEqual(["new", "new", "old", "old"]);
});

describe("an error of terraform init", () => {
  const missing = (provider: string) =>
    `Could not retrieve the list of available versions for provider\n${provider}: provider registry.terraform.io/${provider} was not\nfound in any of the search locations`;
  const used =
    'resource "tls_private_key" "a" {}\ndata "external" "b" {}\nresource "aws_sqs_queue" "helm_name" {}\n# helm_release\n';

  test("names the versions that this machine has in place of the folder's", () => {
    const aws = "no available releases match the given constraints ~> 4.0,\n~> 4.22\n\nTo see which modules";
    const core = "This configuration does not support Terraform version 1.11.4. To proceed,";
    expect(findSubstitutes(`provider hashicorp/aws: ${aws} and ${core}`, [root])).toEqual([
      {
        notice: "The folder asks for hashicorp/aws ~> 4.0, ~> 4.22. The version of the mirror takes its place.",
        terraform: { required_providers: { aws: { source: "hashicorp/aws", version: ">= 0.0.0" } } },
      },
      {
        notice: "The folder asks for another version of Terraform. Terraform 1.11.4 takes its place.",
        terraform: { required_version: ">= 0.0.0" },
      },
    ]);
  });

  test("leaves out the providers that no module uses", () => {
    writeFileSync(join(root, "main.tf"), used);
    writeFileSync(join(root, "more.tf.json"), '{"data": [{"http": {"a": {}}}], "terraform": {"helm": {}}}');
    const names = ["hashicorp/helm", "hashicorp/tls", "hashicorp/external", "acme/http", "hashicorp/random"];
    const error = names.map(missing).join("\n");
    expect(findStandIns(error)).toEqual(["hashicorp/random"]);
    expect(findSubstitutes(error, [root])).toEqual([
      {
        notice: "The provider hashicorp/helm is not available. The folder names it, and does not use it.",
        terraform: { required_providers: { helm: { source: "hashicorp/archive", version: ">= 0.0.0" } } },
      },
    ]);
  });

  test("has one line for missing providers and for missing modules", () => {
    expect(explainInit(["hashicorp/tls", "acme/http"].map(missing).join("\n"))?.message).toBe(
      "Terraform cannot get the providers hashicorp/tls, acme/http; connect to the network, or name a mirror that has them in TF_PROVIDER_MIRROR.",
    );
    const module =
      'Error accessing remote module registry\n\nFailed to retrieve available versions for\nmodule "queue"\n(main.tf:5) from registry';
    expect(explainInit(module)?.message).toBe(
      "Terraform cannot download the module queue; connect to the network, or name a copy on this machine as source.",
    );
    expect(explainInit("Error: Invalid block")).toBeUndefined();
  });
});
