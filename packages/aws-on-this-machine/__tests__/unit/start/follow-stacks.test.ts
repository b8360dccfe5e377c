import { UserError } from "@local/command-line/user-error";
import { type FollowProps, followStacks } from "../../../start/follow/follow-stacks";

describe("applied stacks", () => {
  let configuration: string;
  let applied: () => Promise<void>;
  let refreshes: string[];
  let shown: jest.SpyInstance;

  beforeEach(() => {
    configuration = "{}";
    applied = async () => {};
    refreshes = [];
    shown = jest.spyOn(console, "error").mockImplementation();
  });
  afterEach(() => shown.mockRestore());

  /** Follows stacks of one resource, with a refresh that fails with the next of these errors, if there is one. */
  function follow(...failures: Error[]) {
    const system = {
      configuration: () => ({ terraform: {}, resource: {} }),
      configurationText: () => configuration,
      planChanges: async () => [{ address: "aws_x.y", type: "aws_x", action: "update" }],
      applyPlan: () => applied(),
    };
    const deployment = {
      application: { system: "system" },
      synthesize: async () => "",
      system,
      stateBackend: { configurationText: () => "{}" },
      withKeptProvider: async () => system,
    };
    const readState = async () => undefined;
    const onApplied = async () => {
      const failure = failures.shift();
      refreshes.push(failure ? "fails" : "works");
      if (failure) throw failure;
    };
    const deployed = { deployment, record: async () => {} };
    const save = followStacks({ deployed, isKept: false, readState, onApplied } as unknown as FollowProps);
    return () => save(() => {});
  }

  test("are served after the next save if their refresh fails", async () => {
    const failure = new Error("busy");
    const save = follow(failure);
    configuration = "{ }";
    await expect(save()).rejects.toThrow(failure);
    await save();
    await save();
    expect(refreshes).toEqual(["fails", "works"]);
  });

  test("that failed half-way have Terraform's error, and that of their refresh beside it", async () => {
    const save = follow(new Error("busy"));
    configuration = "{ }";
    applied = () => Promise.reject(new UserError("terraform apply: denied"));
    await expect(save()).rejects.toThrow("terraform apply: denied");
    expect(shown.mock.calls.flat().join("\n")).toContain("has not taken over what was applied: busy");
  });
});
