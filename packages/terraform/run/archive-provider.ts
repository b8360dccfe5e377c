import { join, resolve } from "node:path";
import {
  loadPackageDefinition,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServiceClientConstructor,
  type sendUnaryData,
} from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { decode, ExtData, encode } from "@msgpack/msgpack";
import { type ArchiveFile, writeArchive } from "./archive/archive-file";

const NAME = "registry.terraform.io/hashicorp/archive";

/** A value that Terraform gets to know later: https://developer.hashicorp.com/terraform/plugin/terraform-plugin-protocol */
const UNKNOWN = new ExtData(0, new Uint8Array(1));

const [STRING, NUMBER, BOOL] = ['"string"', '"number"', '"bool"'].map((type) => Buffer.from(type));
const STRINGS = Buffer.from('["set","string"]');

const INPUTS = [
  { name: "type", type: STRING, required: true },
  { name: "output_path", type: STRING, required: true },
  { name: "output_file_mode", type: STRING, optional: true },
  { name: "source_dir", type: STRING, optional: true },
  { name: "source_file", type: STRING, optional: true },
  { name: "source_content", type: STRING, optional: true, sensitive: true },
  { name: "source_content_filename", type: STRING, optional: true },
  { name: "excludes", type: STRINGS, optional: true },
  { name: "exclude_symlink_directories", type: BOOL, optional: true },
];

const OUTPUTS = [
  ...[
    "id",
    "output_md5",
    "output_sha",
    "output_sha256",
    "output_base64sha256",
    "output_sha512",
    "output_base64sha512",
  ].map((name) => ({ name, type: STRING, computed: true })),
  { name: "output_size", type: NUMBER, computed: true },
];

/**
 * The schema of `archive_file`, the data source and the resource.
 * @see https://registry.terraform.io/providers/hashicorp/archive/2.7.1/docs/data-sources/file
 */
const SCHEMA = {
  version: 0,
  block: {
    attributes: [...INPUTS, ...OUTPUTS],
    block_types: [
      {
        type_name: "source",
        nesting: "SET",
        block: {
          attributes: [
            { name: "content", type: STRING, required: true, sensitive: true },
            { name: "filename", type: STRING, required: true },
          ],
        },
      },
    ],
  },
};

export interface ArchiveProvider {
  /** The value of `TF_REATTACH_PROVIDERS` with which Terraform uses the stand-in. */
  readonly reattachProviders: string;
  stop(): void;
}

/**
 * Starts a stand-in for the `hashicorp/archive` provider, for machines without the real one and for folders that it must not change. It serves `archive_file` with zip
 * files over Terraform's plugin protocol 5, at a new Unix socket. The protocol does not send Terraform's working folder, from
 * which relative paths start.
 *
 * @param beforeWrite called with the absolute path of each archive
 */
export async function startArchiveProvider(
  socket: string,
  folder: string,
  beforeWrite: (path: string) => void = () => {},
): Promise<ArchiveProvider> {
  const definition = loadSync(join(__dirname, "tfplugin5.proto"), {
    keepCase: true,
    longs: Number,
  });
  const { Provider } = loadPackageDefinition(definition).tfplugin5 as unknown as { Provider: ServiceClientConstructor };
  const server = new Server();
  const inFolder = (path: string) => resolve(folder, path);
  const output = (path: string) => {
    beforeWrite(inFolder(path));
    return inFolder(path);
  };
  const write = (config: DynamicValue) =>
    toState(writeArchive(decode(config.msgpack) as ArchiveFile, { source: inFolder, output }));
  server.addService(Provider.service, {
    GetSchema: answer(() => ({
      provider: { version: 0, block: { attributes: [] } },
      data_source_schemas: { archive_file: SCHEMA },
      resource_schemas: { archive_file: SCHEMA },
    })),
    PrepareProviderConfig: answer(({ config }) => ({ prepared_config: config })),
    ValidateDataSourceConfig: answer(() => ({})),
    ValidateResourceTypeConfig: answer(() => ({})),
    Configure: answer(() => ({})),
    Stop: answer(() => ({})),
    ReadDataSource: answer(({ config }) => ({ state: write(config) })),
    UpgradeResourceState: answer(({ raw_state }) => ({ upgraded_state: { json: raw_state.json } })),
    ReadResource: answer(({ current_state }) => ({ new_state: current_state })),
    PlanResourceChange: answer(planResource),
    ApplyResourceChange: answer(({ planned_state }) => ({
      new_state: decode(planned_state.msgpack) === null ? planned_state : write(planned_state),
    })),
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

/** Answers a call. An error becomes a diagnostic of Terraform. */
function answer(handle: (request: Message) => Message) {
  return (call: ServerUnaryCall<Message, Message>, callback: sendUnaryData<Message>) => {
    try {
      callback(null, handle(call.request));
    } catch (error) {
      const diagnostic = { severity: "ERROR", summary: "Cannot archive", detail: (error as Error).message };
      callback(null, { diagnostics: [diagnostic] });
    }
  };
}

interface DynamicValue {
  readonly msgpack: Buffer;
}

function toState(values: object): { readonly json: Buffer } {
  return { json: Buffer.from(JSON.stringify(values)) };
}

/** Plans the deprecated resource: a changed input writes a new archive, whose checksums are known after that. */
function planResource({ prior_state, proposed_new_state }: Message): Message {
  const [prior, proposed] = [prior_state, proposed_new_state].map((state) => decode(state.msgpack) as Message);
  if (proposed === null) return { planned_state: proposed_new_state };
  const inputs = [...INPUTS.map(({ name }) => name), "source"];
  const changed = inputs.filter((name) => JSON.stringify(prior?.[name]) !== JSON.stringify(proposed[name]));
  if (prior !== null && changed.length === 0) return { planned_state: prior_state };
  const unknown = Object.fromEntries(OUTPUTS.map(({ name }) => [name, UNKNOWN]));
  return {
    planned_state: { msgpack: Buffer.from(encode({ ...proposed, ...unknown })) },
    requires_replace: prior === null ? [] : changed.map((attribute_name) => ({ steps: [{ attribute_name }] })),
  };
}
