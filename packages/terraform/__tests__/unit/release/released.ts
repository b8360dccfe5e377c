import { releaseNewest } from "../../../release/release-actions";
import { ReleaseClient } from "../../../release/release-client";
import { FakeAws } from "./fake-aws";

/** A function whose first version is live; another one for each test. */
export let fake: FakeAws;
export let client: ReleaseClient;
export let printed: string[];
let meanwhile: () => void;

beforeEach(() => {
  fake = new FakeAws();
  fake.publish();
  client = new ReleaseClient(fake.aws, { functionName: "orders", alias: "live" });
  printed = [];
  meanwhile = () => {};
});

afterEach(() => jest.restoreAllMocks());

/** Sets what changes between two looks at a release. */
export function between(change: () => void): void {
  meanwhile = change;
}

export const following = () => ({
  progress: { setNote: (note: string) => void printed.push(note), print: (line: string) => void printed.push(line) },
  wait: async () => meanwhile(),
});

export const release = (props: { again?: boolean; ignoresAlarms?: boolean; atOnce?: boolean } = {}) =>
  releaseNewest(client, { ...following(), again: false, ignoresAlarms: false, ...props });

export const fire = (name: string) => {
  fake.alarms[name] = "ALARM";
};

/** A release of a second version, which an alarm rolled back. */
export async function afterRollback(): Promise<void> {
  fake.publish();
  between(() => fire("api-5xx"));
  await release();
  between(() => {});
  fake.alarms["api-5xx"] = "OK";
}

/** A release of a second version that has a share of the traffic. */
export async function underWay(): Promise<void> {
  fake.publish();
  await client.deployment(fake.add("1", "2"));
  expect(fake.shifted).toEqual({ 2: 0.1 });
}

/** A release that failed with a share of the traffic, and that CodeDeploy did not take back. */
export async function halfWay(): Promise<void> {
  await underWay();
  fake.fail("d-1", "Something broke");
}
