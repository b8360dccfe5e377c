import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import {
  loadPackageDefinition,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServiceClientConstructor,
  type sendUnaryData,
} from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { decode } from "@msgpack/msgpack";
import { type ZipAttributes, zipSync } from "fflate";
import picomatch from "picomatch";
import { listFiles } from "../../constructs/lambda-source";
import { PROJECT_FOLDER } from "../cli/project";

const NAME = "registry.terraform.io/hashicorp/archive";

/** What `data.archive_file` is configured with; Terraform sends null for an attribute that is not set. */
interface ArchiveFile {
  type: string;
  source_dir: string | null;
  output_path: string;
  output_file_mode: string | null;
  excludes: string[] | null;
  [unsupported: string]: unknown;
}

interface Attribute {
  name: string;
  type: Buffer;
  required?: boolean;
  optional?: boolean;
  computed?: boolean;
}

const attribute = (name: string, type: unknown, use: "required" | "optional" | "computed"): Attribute => ({
  name,
  type: Buffer.from(JSON.stringify(type)),
  [use]: true,
});

const HASHES = ["md5", "sha", "sha256", "sha512", "base64sha256", "base64sha512"].map((hash) => `output_${hash}`);

/** The attributes of `archive_file` that the application sets or reads; Terraform refuses any other. */
const ATTRIBUTES = [
  attribute("type", "string", "required"),
  attribute("output_path", "string", "required"),
  attribute("source_dir", "string", "optional"),
  attribute("output_file_mode", "string", "optional"),
  attribute("excludes", ["set", "string"], "optional"),
  ...["id", ...HASHES].map((name) => attribute(name, "string", "computed")),
  attribute("output_size", "number", "computed"),
];

/** A running stand-in for the `hashicorp/archive` provider. */
export interface ArchiveProvider {
  /** The value of `TF_REATTACH_PROVIDERS` that makes Terraform use it. */
  readonly reattachProviders: string;
  stop(): void;
}

/**
 * Starts a stand-in for the `hashicorp/archive` provider, for machines where the real one cannot be had. It serves
 * `data.archive_file` with a zipped `source_dir` over Terraform's plugin protocol 5.
 *
 * @param socket where it listens: the path of a Unix socket that does not exist yet
 * @param folder what relative paths start from: the folder in which Terraform runs, which the protocol does not tell
 */
export async function startArchiveProvider(socket: string, folder: string): Promise<ArchiveProvider> {
  const definition = loadSync(join(PROJECT_FOLDER, "commands", "terraform", "tfplugin5.proto"), {
    keepCase: true,
    longs: Number,
  });
  const { Provider } = loadPackageDefinition(definition).tfplugin5 as unknown as { Provider: ServiceClientConstructor };
  const server = new Server();
  server.addService(Provider.service, {
    GetSchema: answer(() => ({
      provider: { version: 0, block: { attributes: [] } },
      data_source_schemas: { archive_file: { version: 0, block: { attributes: ATTRIBUTES } } },
    })),
    PrepareProviderConfig: answer(({ config }) => ({ prepared_config: config })),
    ValidateDataSourceConfig: answer(() => ({})),
    Configure: answer(() => ({})),
    Stop: answer(() => ({})),
    ReadDataSource: answer(({ config }) => {
      try {
        const state = writeArchive(decode(config.msgpack) as ArchiveFile, folder);
        return { state: { json: Buffer.from(JSON.stringify(state)) } };
      } catch (error) {
        return { diagnostics: [{ severity: "ERROR", summary: "Cannot archive", detail: (error as Error).message }] };
      }
    }),
  });
  await new Promise<void>((done, fail) => {
    server.bindAsync(`unix:${socket}`, ServerCredentials.createInsecure(), (error) => (error ? fail(error) : done()));
  });
  const address = { Network: "unix", String: socket };
  return {
    reattachProviders: JSON.stringify({
      [NAME]: { Protocol: "grpc", ProtocolVersion: 5, Pid: process.pid, Test: true, Addr: address },
    }),
    stop: () => server.forceShutdown(),
  };
}

// biome-ignore lint/suspicious/noExplicitAny: messages are described by tfplugin5.proto, not by TypeScript
type Message = any;

function answer(handle: (request: Message) => Message) {
  return (call: ServerUnaryCall<Message, Message>, callback: sendUnaryData<Message>) => {
    callback(null, handle(call.request));
  };
}

/** Writes the zip file, in the same bytes on every machine, and returns the data source's state. */
function writeArchive(config: ArchiveFile, folder: string): ArchiveFile {
  if (config.type !== "zip" || !config.source_dir) {
    throw new Error('The stand-in for hashicorp/archive serves type "zip" with source_dir only.');
  }
  const source = resolve(folder, config.source_dir);
  const output = resolve(folder, config.output_path);
  const attributes: ZipAttributes = {
    os: 3, // Unix: `attrs` holds the file mode
    attrs: Number.parseInt(config.output_file_mode ?? "0644", 8) << 16,
    mtime: new Date(2049, 0, 1),
  };
  const isExcluded = picomatch(config.excludes ?? [], { dot: true });
  const files = listFiles(source).filter((file) => !isExcluded(file));
  const zip = zipSync(
    Object.fromEntries(files.map((file) => [file, [readFileSync(join(source, file)), attributes] as const])),
  );
  mkdirSync(dirname(output), { recursive: true });
  writeFileSync(output, zip);

  const digest = (algorithm: string, encoding: "hex" | "base64") => createHash(algorithm).update(zip).digest(encoding);
  return {
    ...config,
    id: digest("sha1", "hex"),
    output_md5: digest("md5", "hex"),
    output_sha: digest("sha1", "hex"),
    output_sha256: digest("sha256", "hex"),
    output_sha512: digest("sha512", "hex"),
    output_base64sha256: digest("sha256", "base64"),
    output_base64sha512: digest("sha512", "base64"),
    output_size: zip.length,
  };
}
