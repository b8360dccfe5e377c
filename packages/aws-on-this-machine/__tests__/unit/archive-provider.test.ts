import { createHash } from "node:crypto";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { credentials, loadPackageDefinition, type ServiceClientConstructor } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { startArchiveProvider } from "@local/terraform/run/archive-provider";
import { encode } from "@msgpack/msgpack";
import { unpack } from "../../function/code/unpack";

/** Terraform sends null for an attribute that is not set. */
const UNSET = {
  source_dir: null,
  source_file: null,
  source_content: null,
  source_content_filename: null,
  excludes: null,
  exclude_symlink_directories: null,
  output_file_mode: null,
  source: [],
};

let folder: string;
let unpacked: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "archive-"));
  mkdirSync(join(folder, "source", "sub"), { recursive: true });
  mkdirSync(join(folder, "elsewhere"));
  writeFileSync(join(folder, "source", "run.sh"), "#!/bin/sh\n");
  chmodSync(join(folder, "source", "run.sh"), 0o755);
  writeFileSync(join(folder, "source", "sub", "a.py"), "a");
  chmodSync(join(folder, "source", "sub", "a.py"), 0o644);
  writeFileSync(join(folder, "elsewhere", "b.py"), "b");
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Has the stand-in zip `source`, and unpacks that into `unpacked`. Returns its error, if it has one. */
async function archive(output_file_mode: string | null): Promise<string | undefined> {
  return archiveOf({ source_dir: "source", output_file_mode });
}

// biome-ignore lint/suspicious/noExplicitAny: the attributes of the latest archive
let attributes: any;

async function archiveOf(inputs: object): Promise<string | undefined> {
  const socket = join(folder, "socket");
  const provider = await startArchiveProvider(socket, folder);
  const definition = loadSync("packages/terraform/run/tfplugin5.proto", { keepCase: true });
  const { Provider } = loadPackageDefinition(definition).tfplugin5 as unknown as { Provider: ServiceClientConstructor };
  const client = new Provider(`unix:${socket}`, credentials.createInsecure());
  const config = { ...UNSET, type: "zip", output_path: "out.zip", ...inputs };
  try {
    // biome-ignore lint/suspicious/noExplicitAny: tfplugin5.proto describes the message
    const answer = await new Promise<any>((done, fail) => {
      const request = { type_name: "archive_file", config: { msgpack: encode(config) } };
      client.ReadDataSource?.(request, (error: Error | null, message: unknown) =>
        error ? fail(error) : done(message),
      );
    });
    if (answer.diagnostics?.length) return answer.diagnostics[0].detail;
    attributes = JSON.parse(answer.state.json.toString());
  } finally {
    client.close();
    provider.stop();
  }
  unpacked = unpack(readFileSync(join(folder, "out.zip")), folder).codeFolder;
  return undefined;
}

const isExecutable = (file: string) => (statSync(join(unpacked, file)).mode & 0o100) !== 0;

test("without output_file_mode, each file keeps its mode", async () => {
  await archive(null);
  expect([isExecutable("run.sh"), isExecutable("sub/a.py")]).toEqual([true, false]);
  await archive("0644");
  expect([isExecutable("run.sh"), isExecutable("sub/a.py")]).toEqual([false, false]);
});

const unpackedFiles = () =>
  readdirSync(unpacked, { recursive: true, encoding: "utf8" })
    .filter((file) => statSync(join(unpacked, file)).isFile())
    .sort();

test.each([
  ["a file by its name", { source_file: "source/sub/a.py" }, { "a.py": "a" }],
  ["a text", { source_content: "x", source_content_filename: "b/index.py" }, { "b/index.py": "x" }],
  [
    "several texts",
    {
      source: [
        { content: "1", filename: "one.py" },
        { content: "", filename: "two.py" },
      ],
    },
    { "one.py": "1", "two.py": "" },
  ],
  ["a folder without what is excluded", { source_dir: "source", excludes: ["**/*.py"] }, { "run.sh": "#!/bin/sh\n" }],
  ["a folder without a folder", { source_dir: "source", excludes: ["sub"] }, { "run.sh": "#!/bin/sh\n" }],
])("archives %s", async (_what, inputs, files) => {
  await archiveOf(inputs);
  const found = unpackedFiles().map((file) => [file, readFileSync(join(unpacked, file), "utf8")]);
  expect(Object.fromEntries(found)).toEqual(files);
});

test("tells size and checksums of the archive", async () => {
  await archiveOf({ source_file: "source/run.sh" });
  const zip = readFileSync(join(folder, "out.zip"));
  const digest = (algorithm: string, encoding: "hex" | "base64") => createHash(algorithm).update(zip).digest(encoding);
  expect(attributes).toMatchObject({
    id: digest("sha1", "hex"),
    output_size: zip.length,
    output_md5: digest("md5", "hex"),
    output_sha256: digest("sha256", "hex"),
    output_base64sha256: digest("sha256", "base64"),
    output_base64sha512: digest("sha512", "base64"),
  });
});

test("links to folders are left out on demand", async () => {
  symlinkSync(join(folder, "elsewhere"), join(folder, "source", "linked"));
  await archiveOf({ source_dir: "source", exclude_symlink_directories: true });
  expect(unpackedFiles()).toEqual(["run.sh", "sub/a.py"]);
});

test.each([
  [{}, /^One of source_dir, source_file, .* is required\.$/],
  [{ source_file: "source" }, /^source_file is source, which is a folder\.$/],
  [{ source_dir: "source", type: "tar.gz" }, /writes type "zip", not "tar\.gz"/],
])("%j is an error in a line", async (inputs, message) => {
  expect(await archiveOf(inputs)).toMatch(message);
});

test("links are followed, and no file is left out", async () => {
  symlinkSync(join(folder, "elsewhere"), join(folder, "source", "linked"));
  symlinkSync("run.sh", join(folder, "source", "link.sh"));
  writeFileSync(join(folder, "source", ".env"), "");
  await archive(null);
  expect(unpackedFiles()).toEqual([".env", "link.sh", "linked/b.py", "run.sh", "sub/a.py"]);
});

test("a dangling link is an error in a line", async () => {
  symlinkSync("gone", join(folder, "source", "link.py"));
  expect(await archive(null)).toMatch(/^ENOENT: no such file or directory, stat '.*link\.py'$/);
});
