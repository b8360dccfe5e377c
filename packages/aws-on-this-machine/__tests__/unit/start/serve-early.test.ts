import { setImmediate } from "node:timers/promises";
import type { ResourceRef } from "../../../inventory/resource-ref";
import type { AppliedParts } from "../../../start/follow/applied-parts";
import { EarlyServing } from "../../../start/follow/serve-early";

describe("a system that Terraform still applies", () => {
  const refs = (...ids: string[]): ResourceRef[] => ids.map((id) => ({ address: `aws_x.${id}`, type: "aws_x", id }));
  const parts = (made: ResourceRef[], missing: string[], servesApi = true) =>
    ({ refs: made, missing, missingForFunctions: missing.slice(1), servesApi }) as unknown as AppliedParts;
  let did: unknown[];
  let goOn: () => void;
  let failures: number;
  let early: EarlyServing<{
    refresh(made: readonly ResourceRef[]): Promise<void>;
    setState(state: { readonly message: string }): void;
  }>;

  beforeEach(() => {
    did = [];
    failures = 0;
    early = new EarlyServing();
  });

  const open = async (made: readonly ResourceRef[]) => {
    did.push(["open", made.length]);
    await new Promise<void>((done) => {
      goOn = done;
    });
    if (failures-- > 0) throw new Error("not ready");
    return {
      refresh: async (all: readonly ResourceRef[]) => void did.push(["refresh", all.length]),
      setState: ({ message }: { readonly message: string }) => void did.push(message),
    };
  };

  test("is served once an API's parts exist, and then with each further part", async () => {
    early.take(parts(refs("a"), ["aws_x.b"], false), open);
    expect(did).toEqual([]);
    early.take(parts(refs("a", "b"), ["aws_x.c", "aws_x.d", "aws_x.e"]), open);
    // Two parts come while the system opens.
    early.take(parts(refs("a", "b", "c"), ["aws_x.d", "aws_x.e"]), open);
    early.take(parts(refs("a", "b", "c", "d"), ["aws_x.e"]), open);
    goOn();
    await setImmediate();
    expect(did).toEqual([
      ["open", 2],
      "Terraform still makes 3 parts. Of these, the functions need 2: aws_x.d, aws_x.e.",
      ["refresh", 4],
      "Terraform still makes 1 part. Of these, the functions need none.",
    ]);
    expect(await early.end()).toBeDefined();
  });

  test("opens with the next part if it fails to, and not at all if none comes", async () => {
    failures = 1;
    early.take(parts(refs("a"), ["aws_x.b"]), open);
    goOn();
    await setImmediate();
    early.take(parts(refs("a", "b"), ["aws_x.c"]), open);
    goOn();
    await setImmediate();
    expect(did).toEqual([["open", 1], ["open", 2], "Terraform still makes 1 part. Of these, the functions need none."]);
    expect(await new EarlyServing().end()).toBeUndefined();
  });

  test("is left to the end of the apply if no part is missing any more", async () => {
    early.take(parts(refs("a"), []), open);
    expect([await early.end(), did]).toEqual([undefined, []]);
  });

  test("is served before its apply counts as ended", async () => {
    early.take(parts(refs("a"), ["aws_x.b"]), open);
    const ended = early.end();
    goOn();
    expect(await ended).toBeDefined();
  });
});
