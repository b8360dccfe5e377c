const shared = {
  testEnvironment: "<rootDir>/__tests__/jest/environment.js",
  transform: { "\\.[jt]s$": ["@swc/jest", { jsc: { target: "es2022", parser: { syntax: "typescript" } } }] },
  moduleNameMapper: { "/private/stack-trace$|^\\./stack-trace$": "<rootDir>/__tests__/jest/no-stack-trace.js" },
  modulePathIgnorePatterns: ["<rootDir>/dist/", "<rootDir>/cdktf.out/"],
};

const startingProcesses = { ...shared, setupFilesAfterEnv: ["<rootDir>/__tests__/each-suite.ts"] };

const local = {
  ...startingProcesses,
  displayName: "local",
  globalSetup: "<rootDir>/packages/aws-on-this-machine/__tests__/local/setup.ts",
};

const e2e = {
  ...startingProcesses,
  displayName: "e2e",
  globalTeardown: "<rootDir>/__tests__/e2e/teardown.ts",
};

/** @type {import("jest").Config} */
module.exports = {
  // Twice the two cores that are expected: much of what the tests do is waiting for the AWS provider.
  maxWorkers: 4,
  // Cores that others keep busy make the shortest test take seconds.
  testTimeout: 120_000,
  testSequencer: "<rootDir>/__tests__/jest/sequencer.js",
  reporters: ["default", "<rootDir>/__tests__/jest/reporter.js"],
  // Suites start in this order: first what waits longest for the AWS provider, late what waits for the shared deployment,
  // last what keeps both cores busy by itself.
  projects: [
    {
      ...e2e,
      testMatch: ["<rootDir>/__tests__/e2e/*.test.ts", "<rootDir>/__tests__/e2e/{commands,part-deployment}/*.test.ts"],
      globalSetup: "<rootDir>/__tests__/e2e/setup.ts",
    },
    {
      ...shared,
      displayName: "unit",
      testMatch: ["<rootDir>/{,packages/*/}__tests__/unit/**/*.test.ts"],
      globalSetup: "<rootDir>/__tests__/build.ts",
    },
    { ...local, testMatch: ["<rootDir>/{,packages/*/}__tests__/local/**/*.test.ts"] },
    {
      ...e2e,
      testMatch: ["<rootDir>/__tests__/e2e/shared-deployment/**/*.test.ts"],
      globalSetup: "<rootDir>/__tests__/e2e/shared-deployment/setup.ts",
    },
    { ...local, testMatch: ["<rootDir>/__tests__/lambda/*.test.ts"] },
  ],
};
