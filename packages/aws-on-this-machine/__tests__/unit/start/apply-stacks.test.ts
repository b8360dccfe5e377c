import type { Deployment } from "@local/terraform/deployment";
import { planAdopting } from "@local/terraform/plan/plan-adopting";
import { applyStacks } from "../../../start/apply-stacks";

jest.mock("@local/terraform/plan/plan-adopting");

const OPTIONS = { listsResources: false, whyStuck: () => undefined };

/** Applies to an emulator that lacks these buckets at each look, in their order. Returns the steps. */
const stepsOf = (...missing: string[][]) => stepsWith({}, ...missing);

/** @param data the data sources of the system */
async function stepsWith(data: object, ...missing: string[][]): Promise<string[]> {
  const steps: string[] = [];
  const looks = [...missing];
  const stateBackend = { init: async () => {}, applyPlan: async () => void steps.push("create the missing") };
  const system = { configuration: () => ({ resource: {}, data }) };
  jest.mocked(planAdopting).mockImplementation(async () => {
    steps.push("adopt");
    return {};
  });
  const deployment = {
    application: { system: "system", stateBackend: "state" },
    stateBackend,
    system,
    connect: async () => ({
      route53: {
        send: async ({ input }: { readonly input: { readonly Name?: string } }) => {
          if (input.Name) steps.push(`create ${input.Name}`);
          return {};
        },
      },
    }),
    backend: () => ({ bucket: "states" }),
    missingBuckets: async () => {
      const found = looks.shift() ?? [];
      steps.push(`${found.length} missing`);
      return found;
    },
    apply: async (stack: object) => void steps.push(stack === system ? "apply system" : "apply state"),
  };
  const shown = jest.spyOn(console, "error").mockImplementation();
  await applyStacks(deployment as unknown as Deployment, OPTIONS);
  shown.mockRestore();
  return steps;
}

test("on a new emulator, the system waits for all buckets of the other stack", async () => {
  const steps = await stepsOf(["states", "artifacts"], ["artifacts"], []);
  expect(steps.filter((each) => each !== "apply state")).toEqual([
    "2 missing",
    "1 missing",
    "0 missing",
    "apply system",
  ]);
  expect(steps).toContain("apply state");
});

test("on an emulator with both stacks, only the system is applied", async () => {
  expect(await stepsOf([])).toEqual(["0 missing", "apply system"]);
});

test("a hosted zone that the system reads is there before the system", async () => {
  const data = { aws_route53_zone: { zone: { name: "example.com" } } };
  expect(await stepsWith(data, [])).toEqual(["0 missing", "create example.com", "apply system"]);
});

test("on an emulator that lacks only the bucket for artifacts, the state bucket is adopted", async () => {
  const steps = await stepsOf(["artifacts"], []);
  expect(steps).toEqual(expect.arrayContaining(["adopt", "create the missing", "apply system"]));
  expect(steps).not.toContain("apply state");
});
