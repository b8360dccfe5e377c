import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Client, credentials, loadPackageDefinition, type ServiceClientConstructor } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { decode, ExtData, encode } from "@msgpack/msgpack";
import { SMALL_PROVIDERS } from "../../../run/small-providers";
import { type StandIn, startStandIn } from "../../../run/stand-in";

let folder: string;
let standIn: StandIn | undefined;
let client: Client | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "small-"));
});
afterEach(() => {
  client?.close();
  standIn?.stop();
  rmSync(folder, { recursive: true });
});

// biome-ignore lint/suspicious/noExplicitAny: tfplugin5.proto describes the messages
type Message = any;

async function connect(provider: string) {
  const socket = join(folder, "socket");
  standIn = await startStandIn({ socket, name: provider, resources: SMALL_PROVIDERS[provider] ?? {} });
  const definition = loadSync("packages/terraform/run/tfplugin5.proto", { keepCase: true });
  const { Provider } = loadPackageDefinition(definition).tfplugin5 as unknown as { Provider: ServiceClientConstructor };
  const connected = new Provider(`unix:${socket}`, credentials.createInsecure());
  client = connected;
  const call = (method: string, request: object): Promise<Message> =>
    promisify(connected[method]?.bind(connected) as Message)(request) as Promise<Message>;
  const schemas = (await call("GetSchema", {})).resource_schemas;
  /** Terraform sends null for an attribute that is not set. */
  const full = (type_name: string, inputs: object) => ({
    ...Object.fromEntries(schemas[type_name].block.attributes.map(({ name }: Message) => [name, null])),
    ...inputs,
  });
  const plan = async (type_name: string, prior: object | null, inputs: object) => {
    const proposed = { ...full(type_name, {}), ...prior, ...inputs };
    const states = { prior_state: prior, proposed_new_state: proposed };
    const messages = Object.entries(states).map(([name, state]) => [name, { msgpack: Buffer.from(encode(state)) }]);
    return call("PlanResourceChange", { type_name, ...Object.fromEntries(messages) });
  };
  const create = async (type_name: string, inputs: object) => {
    const { planned_state } = await plan(type_name, null, inputs);
    const { new_state, diagnostics } = await call("ApplyResourceChange", { type_name, planned_state });
    const [problem] = diagnostics ?? [];
    return problem ? problem.detail : JSON.parse(new_state.json);
  };
  return { plan, create };
}

test("random values have the form that their inputs ask for", async () => {
  const { create } = await connect("hashicorp/random");
  const id = await create("random_id", { byte_length: 4, prefix: "p-" });
  const number = Number.parseInt(id.hex.slice(2), 16);
  expect(id).toMatchObject({
    dec: `p-${number}`,
    b64_url: `p-${id.id}`,
    hex: expect.stringMatching(/^p-[0-9a-f]{8}$/),
  });
  const simple = { length: 12, special: false, upper: false, min_numeric: 3 };
  const { result, id: same } = await create("random_string", simple);
  expect([result, same]).toEqual([expect.stringMatching(/^(?=(.*\d){3})[a-z0-9]{12}$/), result]);
  expect(
    await create("random_password", { length: 8, override_special: "_", upper: false, lower: false }),
  ).toMatchObject({
    id: "none",
    result: expect.stringMatching(/^[\d_]{8}$/),
  });
  expect((await create("random_pet", { length: 3, prefix: "a", separator: "_" })).id).toMatch(
    /^a_[a-z]+_[a-z]+_[a-z]+$/,
  );
  expect((await create("random_pet", {})).id).toMatch(/^[a-z]+-[a-z]+$/);
  expect(await create("random_integer", { min: 3, max: 3 })).toMatchObject({ id: "3", result: 3 });
  expect((await create("random_uuid", {})).result).toMatch(/^[0-9a-f-]{36}$/);
  expect((await create("random_shuffle", { input: ["a", "b"] })).result.sort()).toEqual(["a", "b"]);
  expect((await create("random_shuffle", { input: ["a", "b"], result_count: 1 })).result).toHaveLength(1);
  expect((await create("random_string", { length: 4 })).result).not.toBe(
    (await create("random_string", { length: 4 })).result,
  );
});

test("impossible inputs are refused", async () => {
  const { create } = await connect("hashicorp/random");
  expect(await create("random_string", { length: 2, min_upper: 3 })).toMatch(/^length is 2, which is less than/);
  const none = { length: 2, upper: false, lower: false, numeric: false, special: false };
  expect(await create("random_string", none)).toMatch(/^One of upper, lower, numeric and special must be true/);
});

test("a resource stays until one of its inputs changes", async () => {
  const { create, plan } = await connect("hashicorp/null");
  const made = await create("null_resource", { triggers: { a: "1" } });
  const same = await plan("null_resource", made, {});
  expect(decode(same.planned_state.msgpack)).toEqual(made);
  const changed = await plan("null_resource", made, { triggers: { a: "2" } });
  expect(changed.requires_replace).toEqual([{ steps: [expect.objectContaining({ attribute_name: "triggers" })] }]);
  expect(decode(changed.planned_state.msgpack)).toEqual({ triggers: { a: "2" }, id: expect.any(ExtData) });
});

test("a sleep ends at once", async () => {
  const { create } = await connect("hashicorp/time");
  const inputs = { create_duration: "300s", destroy_duration: null, triggers: { a: "1" } };
  expect(await create("time_sleep", inputs)).toEqual({ ...inputs, id: expect.stringMatching(/^\d{4}-.*T.*:\d\dZ$/) });
});
