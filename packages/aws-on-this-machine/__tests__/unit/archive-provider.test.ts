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
  const socket = join(folder, "socket");
  const provider = await startArchiveProvider(socket, folder);
  const definition = loadSync("packages/terraform/run/tfplugin5.proto", { keepCase: true });
  const { Provider } = loadPackageDefinition(definition).tfplugin5 as unknown as { Provider: ServiceClientConstructor };
  const client = new Provider(`unix:${socket}`, credentials.createInsecure());
  const config = { type: "zip", source_dir: "source", output_path: "out.zip", output_file_mode };
  try {
    // biome-ignore lint/suspicious/noExplicitAny: tfplugin5.proto describes the message
    const answer = await new Promise<any>((done, fail) => {
      const request = { type_name: "archive_file", config: { msgpack: encode(config) } };
      client.ReadDataSource?.(request, (error: Error | null, message: unknown) =>
        error ? fail(error) : done(message),
      );
    });
    if (answer.diagnostics?.length) return answer.diagnostics[0].detail;
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

test("links are followed, and no file is left out", async () => {
  symlinkSync(join(folder, "elsewhere"), join(folder, "source", "linked"));
  symlinkSync("run.sh", join(folder, "source", "link.sh"));
  writeFileSync(join(folder, "source", ".env"), "");
  await archive(null);
  const files = readdirSync(unpacked, { recursive: true, encoding: "utf8" });
  expect(files.filter((file) => statSync(join(unpacked, file)).isFile()).sort()).toEqual([
    ".env",
    "link.sh",
    "linked/b.py",
    "run.sh",
    "sub/a.py",
  ]);
});

test("a dangling link is an error in a line", async () => {
  symlinkSync("gone", join(folder, "source", "link.py"));
  expect(await archive(null)).toMatch(/^ENOENT: no such file or directory, stat '.*link\.py'$/);
});
