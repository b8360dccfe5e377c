import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
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

const NAME = "registry.terraform.io/hashicorp/archive";

/** The configuration of `data.archive_file`. Terraform sends null for an attribute that is not set. */
interface ArchiveFile {
  readonly type: string;
  readonly source_dir: string | null;
  readonly output_path: string;
  readonly output_file_mode: string | null;
}

const STRING = Buffer.from('"string"');

/** The supported attributes of `archive_file`. Terraform refuses others. */
const ATTRIBUTES = [
  { name: "type", type: STRING, required: true },
  { name: "output_path", type: STRING, required: true },
  { name: "source_dir", type: STRING, optional: true },
  { name: "output_file_mode", type: STRING, optional: true },
  { name: "output_base64sha256", type: STRING, computed: true },
];

export interface ArchiveProvider {
  /** The value of `TF_REATTACH_PROVIDERS` with which Terraform uses the stand-in. */
  readonly reattachProviders: string;
  stop(): void;
}

/**
 * Starts a stand-in for the `hashicorp/archive` provider, for machines without the real one. It serves
 * `data.archive_file` with a zipped `source_dir` over Terraform's plugin protocol 5, at a new Unix socket. The protocol
 * does not send Terraform's working folder, from which relative paths start.
 */
export async function startArchiveProvider(socket: string, folder: string): Promise<ArchiveProvider> {
  const definition = loadSync(join(__dirname, "tfplugin5.proto"), {
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

// biome-ignore lint/suspicious/noExplicitAny: tfplugin5.proto describes the messages
type Message = any;

function answer(handle: (request: Message) => Message) {
  return (call: ServerUnaryCall<Message, Message>, callback: sendUnaryData<Message>) => {
    callback(null, handle(call.request));
  };
}

/** Writes the zip file, with the same bytes on every machine, and returns the data source's state. */
function writeArchive(config: ArchiveFile, folder: string): object {
  if (config.type !== "zip" || !config.source_dir) {
    throw new Error('The stand-in for hashicorp/archive serves type "zip" with source_dir only.');
  }
  const source = resolve(folder, config.source_dir);
  const output = resolve(folder, config.output_path);
  const files = [...filesBelow(source)].sort().map((path) => {
    const fileMode = statSync(join(source, path)).mode & 0o777;
    const mode = config.output_file_mode ? Number.parseInt(config.output_file_mode, 8) : fileMode;
    // os 3 is Unix, whose `attrs` hold the mode.
    const attributes: ZipAttributes = { os: 3, attrs: mode << 16, mtime: new Date(2049, 0, 1) };
    return [path, [readFileSync(join(source, path)), attributes]] as [string, [Uint8Array, ZipAttributes]];
  });
  const zip = zipSync(Object.fromEntries(files));
  mkdirSync(dirname(output), { recursive: true });
  writeFileSync(output, zip);
  return { ...config, output_base64sha256: createHash("sha256").update(zip).digest("base64") };
}

/** The paths of all files in a folder and its subfolders. Like the provider, it follows links. */
function* filesBelow(folder: string, path = ""): Generator<string> {
  for (const name of readdirSync(join(folder, path))) {
    const below = join(path, name);
    if (statSync(join(folder, below)).isDirectory()) yield* filesBelow(folder, below);
    else yield below;
  }
}
