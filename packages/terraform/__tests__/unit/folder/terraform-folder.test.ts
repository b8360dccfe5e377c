import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { findAwsProviders, providersInHcl } from "../../../folder/blocks";
import { copyFolder, detachFromOriginal, detachModules } from "../../../folder/copy-folder";
import { requireFolder, TerraformFolder } from "../../../folder/terraform-folder";
import { AWS_PROVIDER } from "../../../run/kept-provider";
import { Terraform } from "../../../run/terraform";

let root: string;
let opened: TerraformFolder | undefined;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "folder-")));
});
afterEach(() => {
  opened?.stop();
  rmSync(root, { recursive: true });
});

function write(files: Readonly<Record<string, string>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), content);
  }
}

const PROVIDERS = { summary: "", environment: {}, needsArchiveStandIn: false };

async function open(onNotice: (notice: string) => void = () => {}): Promise<TerraformFolder> {
  const folder = join(root, "run");
  mkdirSync(folder);
  const props = { folder, endpoint: "http://127.0.0.1:5000", providers: PROVIDERS, variables: [], onNotice };
  opened = await TerraformFolder.open({ original: join(root, "app", "infra"), ...props });
  return opened;
}

describe("a copy of a folder", () => {
  test("has neither state nor providers, and sees what is around the folder", () => {
    write({
      "app/infra/main.tf": "",
      "app/infra/modules/a/main.tf": "",
      "app/infra/terraform.tfstate": "{}",
      "app/infra/terraform.tfstate.backup": "{}",
      "app/infra/.terraform/providers/x": "",
      "app/infra/.terraform.lock.hcl": "",
      "app/src/index.py": "x",
      "shared/main.tf": "y",
      "app/.git/HEAD": "",
    });
    symlinkSync("../src", join(root, "app", "infra", "link"));
    const copy = copyFolder(join(root, "app", "infra"), join(root, "run", "tf"));
    expect(readdirSync(copy).sort()).toEqual(["link", "main.tf", "modules"]);
    expect(readFileSync(join(copy, "..", "src", "index.py"), "utf8")).toBe("x");
    expect(readFileSync(join(copy, "link", "index.py"), "utf8")).toBe("x");
    // The repository is the outermost folder.
    expect(existsSync(join(copy, "..", "..", "shared"))).toBe(false);
  });

  test("leaves the originals as they are when an archive is written around it", () => {
    write({
      "app/infra/main.tf": "",
      "app/infra/own.zip": "old",
      "app/build/a/old.zip": "old",
      "app/build/b/other.zip": "other",
      "app/.git/HEAD": "",
    });
    symlinkSync("../build/b", join(root, "app", "infra", "link"));
    const copies = join(root, "run", "tf");
    const copy = copyFolder(join(root, "app", "infra"), copies);
    for (const path of ["../build/a/old.zip", "../build/new/new.zip", "link/other.zip", "own.zip"]) {
      const output = join(copy, path);
      detachFromOriginal(output, copies);
      mkdirSync(dirname(output), { recursive: true });
      writeFileSync(output, "new");
    }
    const read = (path: string) => readFileSync(join(root, path), "utf8");
    expect(readdirSync(join(root, "app", "build"))).toEqual(["a", "b"]);
    expect(["app/build/a/old.zip", "app/build/b/other.zip", "app/infra/own.zip"].map(read)).toEqual([
      "old",
      "other",
      "old",
    ]);
    expect(["run/tf/build/a/old.zip", "run/tf/infra/link/other.zip"].map(read)).toEqual(["new", "new"]);
    // All others are still there.
    expect(read("run/tf/build/b/other.zip")).toBe("other");
  });

  test("has the modules around it as folders of its own, with the originals' files", () => {
    write({
      "app/infra/main.tf": 'module "a" {\n  source = "../modules/a"\n}\nlocals {\n  source = "./none"\n}\n',
      "app/modules/a/main.tf": "",
      "app/modules/a/more.tf.json": '{"module": {"b": {"source": "../b"}}}',
      "app/modules/b/main.tf": 'module "a" {\n  source = "../a"\n}\n',
      "app/.git/HEAD": "",
    });
    const copies = join(root, "run", "tf");
    detachModules(copyFolder(join(root, "app", "infra"), copies), copies);
    for (const module of ["modules/a", "modules/b"]) {
      expect(realpathSync(join(copies, module))).toBe(join(copies, module));
      expect(existsSync(join(copies, module, "main.tf"))).toBe(true);
    }
  });

  test("without a repository, sees the folders around it, but not those that all users share", () => {
    write({ "app/infra/main.tf": "", "shared/main.tf": "y" });
    const copy = copyFolder(join(root, "app", "infra"), join(root, "run", "tf"));
    expect(readFileSync(join(copy, "..", "..", "shared", "main.tf"), "utf8")).toBe("y");
    expect(readdirSync(join(root, "run", "tf"))).toEqual(["app", "run", "shared"]);
  });
});

test.each([
  ['provider "aws" {}', [undefined]],
  ['provider aws {\n  region = "x"\n}\nprovider "aws" {\n  alias  = "east"\n  region = "y"\n}', [undefined, "east"]],
  ['provider "aws" {\n  default_tags {\n    tags = { alias = "no" }\n  }\n  # }\n  alias = "a" \n}', ["a"]],
  ['# provider "aws" {}\n/* provider "aws" {} */\nlocals {\n  x = <<-EOT\n    provider "aws" {}\n  EOT\n}', []],
  ['provider "random" {}\nlocals { a = "provider \\"aws\\" {" }', []],
])("the AWS providers of %j", (text, aliases) => {
  expect(providersInHcl(text).map(({ alias }) => alias)).toEqual(aliases);
});

test("providers are found in HCL and in JSON", () => {
  write({
    "a.tf": 'provider "aws" {}',
    "b.tf.json": '{"provider": [{"aws": [{"alias": "b"}]}, {"aws": {"alias": "c"}}]}',
    "c.txt": 'provider "aws" {}',
  });
  expect(findAwsProviders(root).map(({ alias }) => alias)).toEqual([undefined, "b", "c"]);
});

describe("a folder of plain Terraform", () => {
  beforeEach(() => write({ "app/infra/main.tf": 'provider "aws" {}\nprovider "aws" {\n  alias = "other"\n}\n' }));

  test("keeps its state in the copy, and leads each provider to the emulator", async () => {
    const folder = await open();
    const override = JSON.parse(readFileSync(join(folder.terraform.folder, "zz_local_override.tf.json"), "utf8"));
    expect(override.terraform.backend).toEqual({ local: { path: "local.tfstate" } });
    const account = { assume_role: { role_arn: "arn:aws:iam::123456789012:role/local" }, profile: null, endpoints: {} };
    expect(override.provider.aws).toMatchObject([account, { alias: "other", ...account }]);
    expect(folder.environment).toMatchObject({ AWS_ENDPOINT_URL: "http://127.0.0.1:5000", AWS_ACCESS_KEY_ID: "test" });
    expect(readdirSync(join(root, "app", "infra"))).toEqual(["main.tf"]);
  });

  test("finds the sources of functions in the user's folder, and the Region of its resources", async () => {
    const folder = await open();
    const resource = (address: string, values: object) => ({ address, type: address.split(".").at(-2) ?? "", values });
    const state = {
      outputs: {},
      dataSources: [
        resource("data.archive_file.dir", { output_path: "./a.zip", source_dir: "./../src", excludes: ["x"] }),
        resource("module.m.data.archive_file.file", { output_path: "./b.zip", source_file: "./one.py" }),
        resource("data.archive_file.text", { output_path: "./c.zip", source_content: "x" }),
      ],
      resources: [
        resource("aws_lambda_function.a", {
          filename: "a.zip",
          arn: "arn:aws:lambda:eu-west-1:123456789012:function:a",
        }),
        resource("aws_lambda_function.b", { filename: "./b.zip" }),
        resource("aws_lambda_function.c", { filename: "./c.zip" }),
        resource("aws_lambda_function.d", { filename: "./d.zip" }),
        resource("aws_lambda_function.e", { s3_bucket: "zips", s3_key: "b" }),
        resource("aws_s3_object.a", { bucket: "zips", key: "a", source: "a.zip" }),
        resource("aws_s3_object.b", { bucket: "zips", key: "b", source: "b.zip" }),
        resource("aws_iam_role.r", { arn: "arn:aws:iam::123456789012:role/r" }),
      ],
    };
    const infra = join(root, "app", "infra");
    expect(Object.fromEntries(folder.sourcesOf(state))).toEqual({
      "aws_lambda_function.a": { folder: join(root, "app", "src"), excludes: ["x"] },
      "aws_lambda_function.b": { folder: infra, file: join(infra, "one.py"), excludes: [] },
      "aws_lambda_function.e": { folder: infra, file: join(infra, "one.py"), excludes: [] },
    });
    expect(folder.adoptRegion(state)).toBe("eu-west-1");
    expect(folder.environment).toMatchObject({ AWS_REGION: "eu-west-1", AWS_DEFAULT_REGION: "eu-west-1" });
    expect(folder.adoptRegion({ ...state, resources: [] })).toBe("us-east-1");
  });
});

describe("the apply of a folder", () => {
  const one = 'provider "aws" {}';
  const other = 'provider "aws" {\n  alias = "other"\n}';
  const module = 'module "a" {\n  source = "./a"\n}';

  /** As `terraform init` does it: installs a program that starts like the provider, and notes the modules. */
  function initialize({ folder }: Terraform): void {
    const installed = join(folder, ".terraform", "providers", AWS_PROVIDER, "5.100.0", "linux_amd64");
    mkdirSync(installed, { recursive: true });
    const entry = `TF_REATTACH_PROVIDERS='{\\"${AWS_PROVIDER}\\": {\\"Pid\\": $$}}'`;
    const program = join(installed, "terraform-provider-aws_v5");
    writeFileSync(program, `#!/bin/sh\necho "${entry}"\nexec sleep 1000\n`, { mode: 0o755 });
    const lock = `provider "${AWS_PROVIDER}" {\n  version = "5.100.0"\n}\n`;
    writeFileSync(join(folder, ".terraform.lock.hcl"), lock);
    mkdirSync(join(folder, ".terraform", "modules"));
    const modules = ["", "a"].filter((each) => existsSync(join(folder, each))).map((Dir) => ({ Dir }));
    writeFileSync(join(folder, ".terraform", "modules", "modules.json"), JSON.stringify({ Modules: modules }));
  }

  test.each<[string, boolean, Record<string, string>]>([
    ["no configuration of the provider", true, { "main.tf": "" }],
    ["one", true, { "main.tf": one }],
    ["one with an alias", true, { "main.tf": other }],
    ["two", false, { "main.tf": `${one}\n${other}` }],
    ["two in two files", false, { "main.tf": one, "other.tf": other }],
    ["one, and one in a module", false, { "main.tf": `${one}\n${module}`, "a/main.tf": other }],
    ["none, and one in a module", true, { "main.tf": module, "a/main.tf": other }],
  ])("with %s has one kept provider: %s", async (_what, isKept, files) => {
    write(Object.fromEntries(Object.entries(files).map(([name, text]) => [join("app/infra", name), text])));
    const folder = await open();
    initialize(folder.terraform);
    const run = jest.spyOn(Terraform.prototype, "run").mockResolvedValue({ exitCode: 0, stdout: "" });
    await folder.apply();
    const [applied] = run.mock.contexts;
    run.mockRestore();
    const attached = JSON.parse(applied?.environment.TF_REATTACH_PROVIDERS ?? "{}");
    expect(Object.keys(attached).includes(AWS_PROVIDER)).toBe(isKept);
    // The stand-in for hashicorp/archive serves beside it.
    expect(Object.keys(attached)).toContain("registry.terraform.io/hashicorp/archive");
  });
});

describe("a block that only another version of the AWS provider knows", () => {
  const fn = 'resource "aws_lambda_function" "a" {\n  tenancy_config {\n    a = 1\n  }\n}\n';
  const diagnostic = {
    ...({ severity: "error", summary: "Unsupported block type" } as const),
    detail: 'Blocks of type "tenancy_config" are not expected here.',
    range: { filename: "main.tf", start: { line: 2 } },
    snippet: { context: 'resource "aws_lambda_function" "a"' },
  };

  /** Terraform with the provider's version 5. */
  function mockTerraform(asksForAnother: boolean) {
    let isRefused = asksForAnother;
    return jest.spyOn(Terraform.prototype, "run").mockImplementation(async function (this: Terraform, args, onMessage) {
      if (args[0] === "init" && isRefused) {
        isRefused = false;
        throw new Error("provider hashicorp/aws: no available releases match the given constraints ~> 6.31.0");
      }
      if (args[0] === "apply" && readFileSync(join(this.folder, "main.tf"), "utf8").includes("tenancy_config")) {
        onMessage?.({ type: "diagnostic", diagnostic });
        throw new Error("terraform apply: Unsupported block type");
      }
      return { exitCode: 0, stdout: "" };
    });
  }

  test("is left out of the copy, with a line, if the folder asks for another version", async () => {
    write({ "app/infra/main.tf": fn });
    const notices: string[] = [];
    const folder = await open((notice) => notices.push(notice));
    const run = mockTerraform(true);
    await folder.init();
    expect(await folder.apply()).toEqual([]);
    run.mockRestore();
    expect(notices.at(-1)).toBe(
      'The AWS provider does not know tenancy_config: resource "aws_lambda_function" "a" is used without it.',
    );
    expect(readFileSync(join(root, "app/infra/main.tf"), "utf8")).toBe(fn);
  });

  test("stays an error otherwise", async () => {
    write({ "app/infra/main.tf": fn });
    const folder = await open();
    const run = mockTerraform(false);
    await folder.init();
    await expect(folder.apply()).rejects.toThrow("Unsupported block type");
    run.mockRestore();
  });
});

test("a folder that does not exist is refused with one line", () => {
  expect(() => requireFolder(join(root, "none"))).toThrow(/^--terraform is .*none, which is no folder; name one with/);
});
