import { UserError } from "@local/command-line/user-error";
import type { PlannedResource } from "@local/terraform/run/terraform";
import { SavedStacks, type SavedStacksProps } from "../../../start/follow/saved-stacks";

const TABLE = "aws_dynamodb_table.orders";
const QUEUE = "aws_sqs_queue.letters";
const BACKEND = { s3: { bucket: "state" } };
const PROVIDERS = { aws: { version: ">= 5" } };

function stack(resource: object, terraform: object = {}) {
  return { terraform: { backend: BACKEND, required_providers: PROVIDERS, ...terraform }, resource };
}
const guarded = (lifecycle = true) => ({ lifecycle: { prevent_destroy: lifecycle } });

describe("saved stacks", () => {
  let saved: object;
  let savedBucket: string;
  let planned: PlannedResource[] | undefined;
  let did: string[];
  let planOptions: string[];
  let system: object;
  let notices: string[];

  beforeEach(() => {
    savedBucket = "{}";
    planned = undefined;
    did = [];
    notices = [];
  });

  function deploy(deployed: object, isKept = false): SavedStacks {
    saved = deployed;
    const does = (action: string) => async () => void did.push(action);
    system = {
      configuration: () => saved,
      configurationText: () => JSON.stringify(saved),
      init: does("init"),
      planChanges: async (_file: string, ...options: string[]) => {
        planOptions = options;
        return planned;
      },
      applyPlan: does("apply"),
    };
    const deployment = {
      synthesize: async () => "",
      system,
      stateBackend: { configurationText: () => savedBucket },
      withKeptProvider: async () => system,
      connect: async () => ({
        route53: {
          send: async ({ input }: { readonly input: object }) => {
            did.push("DNSName" in input ? "list" : "create");
            return {};
          },
        },
      }),
    };
    const onNotice = (notice: string) => notices.push(notice);
    return new SavedStacks({ deployment, isKept, onNotice } as unknown as SavedStacksProps);
  }

  function plan(action: string, ...addresses: string[]): void {
    planned = addresses.map((address) => ({ address, type: address.split(".")[0] ?? "", action }));
  }

  const apply = (stacks: SavedStacks) => stacks.apply({ setNote: () => {}, follow: () => {} }, () => {});

  test("are applied if they change something", async () => {
    const stacks = deploy(stack({}));
    expect(await apply(stacks)).toBe("same configuration");
    saved = stack({ aws_sqs_queue: { letters: {} } });
    expect(await apply(stacks)).toBe("same resources");
    saved = stack({ aws_sqs_queue: { letters: { tags: {} } } });
    plan("update", QUEUE);
    expect(await apply(stacks)).toBe("applied");
    expect([did, notices]).toEqual([["apply"], []]);
    expect(await apply(stacks)).toBe("same configuration");
  });

  test("are planned by the state, unless others change the emulator or an apply failed half-way", async () => {
    const kept = deploy(stack({}), true);
    saved = stack({ aws_sqs_queue: {} });
    await apply(kept);
    expect(planOptions).toEqual([]);
    const own = deploy(stack({}));
    saved = stack({ aws_sqs_queue: { letters: {} } });
    plan("create", QUEUE);
    Object.assign(system, { applyPlan: () => Promise.reject(new UserError("denied")) });
    await expect(apply(own)).rejects.toThrow("denied");
    expect(planOptions).toEqual(["-refresh=false"]);
    await expect(apply(own)).rejects.toThrow("denied");
    expect(planOptions).toEqual([]);
  });

  test("announce what they destroy and replace, one a line, the lost data first", async () => {
    const stacks = deploy(stack({ aws_sqs_queue: { letters: {} } }));
    saved = stack({});
    const other = "aws_cloudwatch_event_rule.daily";
    plan("delete", other, "aws_apigatewayv2_api.shop", "aws_acm_certificate.shop", QUEUE);
    planned?.push({ address: "aws_lambda_permission.daily", type: "aws_lambda_permission", action: "replace" });
    expect(await apply(stacks)).toBe("applied");
    const groups = [
      ["The save loses the data of:", QUEUE],
      ["The save loses a certificate or key:", "aws_acm_certificate.shop"],
      ["The save loses the address of:", "aws_apigatewayv2_api.shop"],
      ["The save destroys:", other],
      ["The save replaces:", "aws_lambda_permission.daily"],
    ];
    expect(notices).toEqual([groups.map((lines) => lines.join("\n  ")).join("\n")]);
  });

  test.each([
    ["prevent_destroy", guarded()],
    ["deletion protection", { deletion_protection_enabled: true }],
  ])("destroy what %s guards only after a save without it", async (_name, table) => {
    const stacks = deploy(stack({ aws_dynamodb_table: { orders: table } }));
    saved = stack({});
    plan("delete", TABLE);
    const refusal = new RegExp(`^Refused: .* that the saved stacks destroy:\n  ${TABLE}\n.* or start npm start again`);
    await expect(apply(stacks)).rejects.toThrow(refusal);
    await expect(apply(stacks)).rejects.toThrow(refusal);
    expect(did).toEqual([]);
    saved = stack({ aws_dynamodb_table: { orders: { ...guarded(false), deletion_protection_enabled: false } } });
    plan("update", TABLE);
    expect(await apply(stacks)).toBe("applied");
    saved = stack({});
    plan("delete", TABLE);
    expect(await apply(stacks)).toBe("applied");
  });

  test("that Terraform refuses to plan for a guarded resource are refused in the same way", async () => {
    const stacks = deploy(stack({}));
    saved = stack({ aws_dynamodb_table: { orders: guarded() } });
    const message = `terraform plan: Instance cannot be destroyed: Resource ${TABLE} has lifecycle.prevent_destroy set`;
    Object.assign(system, { planChanges: () => Promise.reject(new UserError(message)) });
    await expect(apply(stacks)).rejects.toThrow(`that the saved stacks destroy:\n  ${TABLE}\n`);
  });

  test("are planned again after an apply that failed, even if they are those that ran before", async () => {
    const before = stack({});
    const stacks = deploy(before);
    Object.assign(system, { applyPlan: () => Promise.reject(new UserError("terraform apply: busy")) });
    saved = stack({ aws_sqs_queue: { letters: {} } });
    plan("create", QUEUE);
    await expect(apply(stacks)).rejects.toThrow("busy");
    expect(stacks.isHalfApplied).toBe(true);
    Object.assign(system, { applyPlan: async () => void did.push("apply") });
    saved = before;
    plan("delete", QUEUE);
    expect(await apply(stacks)).toBe("applied");
    expect([did, stacks.isHalfApplied]).toEqual([["apply"], false]);
  });

  test("with other providers are initialized, and those with another backend are refused", async () => {
    const stacks = deploy(stack({}));
    saved = stack({}, { required_providers: { ...PROVIDERS, random: {} } });
    plan("create", "random_id.id");
    expect(await apply(stacks)).toBe("applied");
    expect(did).toEqual(["init", "apply"]);
    saved = stack({}, { backend: { s3: { bucket: "other" } } });
    await expect(apply(stacks)).rejects.toThrow("keep their state in another place; end npm start");
  });

  test("that read a hosted zone are planned once it is there", async () => {
    const stacks = deploy(stack({}));
    saved = { ...stack({}), data: { aws_route53_zone: { zone: { name: "example.com" } } } };
    Object.assign(system, { planChanges: async () => void did.push("plan") });
    expect(await apply(stacks)).toBe("same resources");
    expect(did).toEqual(["list", "create", "plan"]);
  });

  test("of the state's bucket are not followed, which one line says", async () => {
    const stacks = deploy(stack({}));
    savedBucket = '{"resource": {}}';
    for (let time = 0; time < 2; time += 1) expect(await apply(stacks)).toBe("same configuration");
    expect(notices).toEqual([
      expect.stringMatching(/^The stack of the state's bucket has changed\. .* start it again/),
    ]);
  });
});
