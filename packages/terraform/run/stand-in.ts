import { join } from "node:path";
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

/** A value that Terraform gets to know later: https://developer.hashicorp.com/terraform/plugin/terraform-plugin-protocol */
const UNKNOWN = new ExtData(0, new Uint8Array(1));

/** An attribute of a resource. One that is `computed` and not `optional` is an output. */
export interface Attribute {
  readonly name: string;
  /** In JSON, such as `"string"` or `["map","string"]`. */
  readonly type: string;
  readonly required?: boolean;
  readonly optional?: boolean;
  readonly computed?: boolean;
  readonly sensitive?: boolean;
  /** The value of an optional and computed attribute that is not set. */
  readonly default?: unknown;
}

export interface BlockType {
  readonly type_name: string;
  readonly nesting: "SET";
  readonly block: { readonly attributes: readonly Attribute[] };
}

// biome-ignore lint/suspicious/noExplicitAny: the attributes and tfplugin5.proto describe the values
type Values = any;

/** A resource. A changed input replaces it. */
export interface StandInResource {
  readonly attributes: readonly Attribute[];
  readonly blocks?: readonly BlockType[];
  /** Makes it, and returns the values of all attributes. */
  create(inputs: Values): object;
}

export interface StandInProps {
  /** The path of a new Unix socket. */
  readonly socket: string;
  /** The provider's source, such as `hashicorp/archive`. */
  readonly name: string;
  readonly resources: Readonly<Record<string, StandInResource>>;
  /** @default - there are none */
  readonly dataSources?: Readonly<Record<string, StandInResource>>;
}

export interface StandIn {
  /** The value of `TF_REATTACH_PROVIDERS` with which Terraform uses the stand-in. */
  readonly reattachProviders: string;
  stop(): void;
}

/** Starts a stand-in for a provider. It speaks Terraform's plugin protocol 5, at a Unix socket. */
export async function startStandIn(props: StandInProps): Promise<StandIn> {
  const { socket, name, resources, dataSources = {} } = props;
  const definition = loadSync(join(__dirname, "tfplugin5.proto"), {
    keepCase: true,
    longs: Number,
  });
  const { Provider } = loadPackageDefinition(definition).tfplugin5 as unknown as { Provider: ServiceClientConstructor };
  const server = new Server();
  server.addService(Provider.service, {
    GetSchema: answer(name, () => ({
      provider: { version: 0, block: { attributes: [] } },
      data_source_schemas: schemasOf(dataSources),
      resource_schemas: schemasOf(resources),
    })),
    PrepareProviderConfig: answer(name, ({ config }) => ({ prepared_config: config })),
    ValidateDataSourceConfig: answer(name, () => ({})),
    ValidateResourceTypeConfig: answer(name, () => ({})),
    Configure: answer(name, () => ({})),
    Stop: answer(name, () => ({})),
    ReadDataSource: answer(name, ({ type_name, config }) => ({
      state: toState(dataSources[type_name]?.create(decode(config.msgpack))),
    })),
    UpgradeResourceState: answer(name, ({ raw_state }) => ({ upgraded_state: { json: raw_state.json } })),
    ReadResource: answer(name, ({ current_state }) => ({ new_state: current_state })),
    PlanResourceChange: answer(name, (request) => planResource(resources[request.type_name], request)),
    ApplyResourceChange: answer(name, ({ type_name, planned_state }) => {
      const planned = decode(planned_state.msgpack);
      return { new_state: planned === null ? planned_state : toState(resources[type_name]?.create(planned)) };
    }),
  });
  await new Promise<void>((done, fail) => {
    server.bindAsync(`unix:${socket}`, ServerCredentials.createInsecure(), (error) => (error ? fail(error) : done()));
  });
  const address = { Network: "unix", String: socket };
  return {
    reattachProviders: JSON.stringify({
      [`registry.terraform.io/${name}`]: {
        Protocol: "grpc",
        ProtocolVersion: 5,
        Pid: process.pid,
        Test: true,
        Addr: address,
      },
    }),
    stop: () => server.forceShutdown(),
  };
}

function schemasOf(resources: Readonly<Record<string, StandInResource>>): object {
  const typed = (attributes: readonly Attribute[]) =>
    attributes.map(({ default: _, type, ...attribute }) => ({ ...attribute, type: Buffer.from(type) }));
  return Object.fromEntries(
    Object.entries(resources).map(([type, { attributes, blocks = [] }]) => {
      const block_types = blocks.map((each) => ({ ...each, block: { attributes: typed(each.block.attributes) } }));
      return [type, { version: 0, block: { attributes: typed(attributes), block_types } }];
    }),
  );
}

/** Answers a call. An error becomes a diagnostic of Terraform. */
function answer(name: string, handle: (request: Values) => object) {
  return (call: ServerUnaryCall<Values, object>, callback: sendUnaryData<object>) => {
    try {
      callback(null, handle(call.request));
    } catch (error) {
      const summary = `The stand-in for ${name} refuses`;
      callback(null, { diagnostics: [{ severity: "ERROR", summary, detail: (error as Error).message }] });
    }
  };
}

function toState(values: object | undefined): { readonly json: Buffer } {
  return { json: Buffer.from(JSON.stringify(values)) };
}

/** Plans a resource: the outputs of a new one are known after it is made. */
function planResource(resource: StandInResource | undefined, { prior_state, proposed_new_state }: Values): object {
  const { attributes = [], blocks = [] } = resource ?? {};
  const [prior, proposed] = [prior_state, proposed_new_state].map((state) => decode(state.msgpack) as Values);
  if (proposed === null) return { planned_state: proposed_new_state };
  const outputs = attributes.filter(({ computed, optional }) => computed && !optional);
  const inputs = [
    ...attributes.filter((each) => !outputs.includes(each)).map(({ name }) => name),
    ...blocks.map(({ type_name }) => type_name),
  ];
  const changed = inputs.filter((name) => JSON.stringify(prior?.[name]) !== JSON.stringify(proposed[name]));
  if (prior !== null && changed.length === 0) return { planned_state: prior_state };
  const defaults = attributes.filter((each) => each.default !== undefined && proposed[each.name] === null);
  const planned = {
    ...proposed,
    ...Object.fromEntries(defaults.map((each) => [each.name, each.default])),
    ...Object.fromEntries(outputs.map(({ name }) => [name, UNKNOWN])),
  };
  return {
    planned_state: { msgpack: Buffer.from(encode(planned)) },
    requires_replace: prior === null ? [] : changed.map((attribute_name) => ({ steps: [{ attribute_name }] })),
  };
}
