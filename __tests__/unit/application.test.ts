import { readdirSync } from "node:fs";

// Each subject's tests are in a file of its own, but run from here: jest loads every module anew for each test file, and
// CDKTF takes longer to load than all of these tests take to run.
describe("requirements", () => void require("./requirements"));
describe("posture", () => void require("./posture"));
describe("the roles for GitHub's workflows", () => void require("./github-access"));
describe("DailySchedule", () => void require("./constructs/daily-schedule"));
describe("HttpApi", () => void require("./constructs/http-api"));
describe("Monitoring", () => void require("./constructs/monitoring"));
describe("RequestFunction", () => void require("./constructs/request-function"));
describe("RequestLogArchive", () => void require("./constructs/request-log-archive"));
describe("RequestTable", () => void require("./constructs/request-table"));

test("no construct is left without tests", () => {
  const tested = readdirSync("__tests__/unit/constructs");
  // These have no life of their own: the tests of whoever uses them cover them.
  const parts = ["alarm-topic.ts", "dead-letter-queue.ts", "github-role.ts", "private-bucket.ts", "service-role.ts"];
  expect([...tested, ...parts].sort()).toEqual(readdirSync("constructs").sort());
});
