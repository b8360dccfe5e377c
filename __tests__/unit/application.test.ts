import { basename } from "node:path";
import { listFiles } from "../../constructs/source/source-files";

/** Helpers of the tests in the folder. */
const HELPERS = ["synthesize.ts", "system.ts"];

const files = listFiles("__tests__/unit/application").filter((file) => !HELPERS.includes(file));

// jest loads every module anew for each of its test files, and CDKTF takes longer to load than all of these tests take
// to run: that is why they are run from here.
describe.each(files)("%s", (file) => void require(`./application/${file}`));

test("no construct is left without tests", () => {
  // These are parts of others, whose tests cover them.
  const parts = [
    ...["alarm-topic.ts", "alarms.ts", "dashboard.ts", "metrics.ts", "watched.ts"],
    ...["bucket-notifications.ts", "dead-letter-queue.ts"],
    ...["function-source.ts", "lambda-ignore.ts", "left-out.ts", "package-size.ts"],
    ...["source-files.ts", "source-warnings.ts"],
    // __tests__/local/libraries.test.ts
    ...["libraries.ts", "library-index.ts", "pip.ts", "pip-failure.ts", "requirements.ts"],
    ...["github-role.ts", "grant.ts", "invoke-permission.ts", "role-policy.ts", "service-role.ts"],
    ...[
      "construct-error.ts",
      "environment.ts",
      "function-props.ts",
      "restored-tables.ts",
      "table-capacity.ts",
      "table-props.ts",
    ],
  ];
  const constructs = listFiles("constructs").map((file) => basename(file));
  const tested = files.filter((file) => file.startsWith("constructs")).map((file) => basename(file));
  expect([...tested, ...parts].sort()).toEqual(constructs.sort());
});
