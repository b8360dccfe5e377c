import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { credentials, makeGenericClientConstructor, Server, ServerCredentials } from "@grpc/grpc-js";
import { emulatorEnvironment } from "@local/terraform/environment";
import { AWS_PROVIDER, keepAwsProvider } from "@local/terraform/run/kept-provider";
import { listFiles } from "../../constructs/source/source-files";
import { sharedRun } from "./shared";

/** https://github.com/hashicorp/terraform/blob/v1.11.4/docs/plugin-protocol/tfplugin5.9.proto */
const METHODS =
  "GetSchema PrepareProviderConfig ValidateResourceTypeConfig ValidateDataSourceConfig UpgradeResourceState Configure ReadResource PlanResourceChange ApplyResourceChange ImportResourceState MoveResourceState ReadDataSource Stop";
const raw = (bytes: Buffer) => bytes;
const SERVICE = Object.fromEntries(
  METHODS.split(" ").map((name) => {
    const streams = { requestStream: false, responseStream: false };
    const codecs = { requestSerialize: raw, requestDeserialize: raw, responseSerialize: raw, responseDeserialize: raw };
    return [name, { path: `/tfplugin5.Provider/${name}`, ...streams, ...codecs }];
  }),
);

export interface AwsProviderProps {
  readonly endpoint: string;
  /** The stack that uploads the function: relative paths start where the provider runs. */
  readonly folder: string;
  /** A file for the provider's log with each call of AWS. */
  readonly log?: string;
  /**
   * Whether `terraform init` installs the provider nevertheless, and so writes a lock file.
   * @default false
   */
  readonly isInstalled?: boolean;
}

export interface SharedAwsProvider {
  stop(): void;
}

const running = new Set<SharedAwsProvider>();

/**
 * Has all Terraform commands at an endpoint share one AWS provider. Terraform by itself starts one four times for each
 * plan, and reads the schemas of 1,500 types each time; here it gets those that the project uses.
 *
 * The provider reads the endpoint and the credentials once. It ends with this process, even if SIGKILL ends it.
 */
export async function shareAwsProvider(props: AwsProviderProps): Promise<SharedAwsProvider> {
  const { endpoint, folder, log, isInstalled = false } = props;
  const shared = sharedRun();
  const kept = await keepAwsProvider({
    program: shared.awsProvider,
    folder,
    environment: {
      ...emulatorEnvironment(endpoint),
      TMPDIR: shared.folder,
      ...(log ? { TF_LOG_PROVIDER: "DEBUG", TF_LOG_SDK: "OFF" } : {}),
    },
    log,
  });
  const socket = socketOf(shared.folder, new URL(endpoint).port);
  const server = await serve(kept.reattach.Addr.String, shared.folder, socket);
  if (isInstalled) writeFileSync(`${socket}.installed`, "");
  const provider = {
    stop() {
      running.delete(provider);
      server.forceShutdown();
      kept.stop();
    },
  };
  running.add(provider);
  return provider;
}

/** Ends the providers that this process shares. */
export function stopAwsProviders(): void {
  for (const provider of running) provider.stop();
}

function socketOf(folder: string, port: string): string {
  return join(folder, `aws-${port}`);
}

/** Passes on every call of Terraform's but the one for the schemas. */
async function serve(address: string, folder: string, socket: string): Promise<Server> {
  const options = { "grpc.max_receive_message_length": -1 };
  const Client = makeGenericClientConstructor(SERVICE, "Provider");
  const client = new Client(`unix:${address}`, credentials.createInsecure(), options);
  const server = new Server(options);
  const forward =
    (name: string) =>
    // biome-ignore lint/suspicious/noExplicitAny: the messages are bytes
    (call: any, callback: any) => {
      const passed = client[name]?.(call.request, callback);
      call.on("cancelled", () => passed.cancel());
    };
  const handlers = Object.fromEntries(Object.keys(SERVICE).map((name) => [name, forward(name)]));
  const schemas = join(folder, "aws-schemas");
  if (!existsSync(schemas)) {
    const get = promisify(client.GetSchema?.bind(client) as never) as (request: Buffer) => Promise<Buffer>;
    writeFileSync(schemas, onlyUsed(await get(Buffer.alloc(0))));
  }
  const answer = readFileSync(schemas);
  handlers.GetSchema = (_call, callback) => callback(null, answer);
  server.addService(SERVICE, handlers);
  await promisify(server.bindAsync.bind(server))(`unix:${socket}`, ServerCredentials.createInsecure());
  return server;
}

/** The schemas of the resources and data sources that the project imports. */
function onlyUsed(response: Buffer): Buffer {
  const files = ["constructs", "stacks"].flatMap((root) =>
    listFiles(root).map((file) => readFileSync(join(root, file))),
  );
  const imports = files.join().matchAll(/@cdktf\/provider-aws\/lib\/(?:data-aws-)?([\w-]+)/g);
  const used = new Set([...imports].map(([, name = ""]) => `aws_${name.replaceAll("-", "_")}`));
  const kept: Buffer[] = [];
  // https://protobuf.dev/programming-guides/encoding/
  for (let at = 0; at < response.length; ) {
    const start = at;
    const field = (response[at++] ?? 0) >> 3;
    let length = 0;
    for (let shift = 0, byte = 0x80; byte & 0x80; shift += 7) {
      byte = response[at++] ?? 0;
      length |= (byte & 0x7f) << shift;
    }
    // Fields 2, 3, 7 and 8 are maps, whose entries begin with the key.
    const name = response.toString("utf8", at + 2, at + 2 + (response[at + 1] ?? 0));
    at += length;
    if (![2, 3, 7, 8].includes(field) || used.has(name)) kept.push(response.subarray(start, at));
  }
  return Buffer.concat(kept);
}

/** Writes a Terraform that uses the provider of its endpoint, if one is shared, beside those that it is told of. */
export function writeTerraform(folder: string, terraform: string): string {
  const address = { Network: "unix", String: "$socket" };
  const provider = { Protocol: "grpc", ProtocolVersion: 5, Pid: process.pid, Test: true, Addr: address };
  const entry = `${JSON.stringify(AWS_PROVIDER)}:${JSON.stringify(provider)}`;
  const file = join(folder, "bin", "terraform");
  mkdirSync(dirname(file));
  writeFileSync(
    file,
    `#!/bin/sh
socket='${socketOf(folder, "")}'\${AWS_ENDPOINT_URL##*:}
if [ "$1" = init ] && [ -e "$socket.installed" ]; then
  [ ! -e '${standIn(folder)}' ] || export TF_CLI_CONFIG_FILE='${standIn(folder)}'
elif [ -S "$socket" ]; then
  others=\${TF_REATTACH_PROVIDERS#?}
  export TF_REATTACH_PROVIDERS="{${entry.replaceAll('"', '\\"')}\${others:+,}\${others:-\\}}"
fi
exec '${terraform}' "$@"
`,
    { mode: 0o755 },
  );
  return file;
}

function standIn(folder: string): string {
  return join(folder, "stand-in.tfrc");
}

/**
 * Has `terraform init` install an empty file in place of the AWS provider, where Terraform uses a shared one. The checksum
 * of the provider's 700 MB takes a second each time.
 */
export function writeStandIn(folder: string, awsProvider: string): void {
  const mirror = join(folder, "stand-in");
  const file = join(mirror, awsProvider.slice(awsProvider.indexOf(AWS_PROVIDER)));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, "", { mode: 0o755 });
  writeFileSync(
    standIn(folder),
    `provider_installation {\n  filesystem_mirror { path = ${JSON.stringify(mirror)} }\n}\n`,
  );
}
