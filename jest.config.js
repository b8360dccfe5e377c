const shared = {
  testEnvironment: "node",
  transform: { "\\.ts$": ["@swc/jest", { jsc: { target: "es2022", parser: { syntax: "typescript" } } }] },
  modulePathIgnorePatterns: ["<rootDir>/dist/", "<rootDir>/cdktf.out/"],
};

/** @type {import("jest").Config} */
module.exports = {
  // One more than the two cores that are expected: much of what the tests do is waiting for the AWS provider.
  maxWorkers: 3,
  // Cores that others keep busy make the shortest test take seconds.
  testTimeout: 30_000,
  testSequencer: "<rootDir>/__tests__/sequencer.js",
  projects: [
    {
      ...shared,
      displayName: "unit",
      testMatch: ["<rootDir>/__tests__/unit/**/*.test.ts"],
      globalSetup: "<rootDir>/__tests__/build.ts",
    },
    {
      ...shared,
      displayName: "local",
      testMatch: ["<rootDir>/__tests__/local/**/*.test.ts"],
      globalSetup: "<rootDir>/__tests__/build.ts",
    },
    {
      ...shared,
      displayName: "e2e",
      testMatch: ["<rootDir>/__tests__/e2e/**/*.test.ts"],
      globalSetup: "<rootDir>/__tests__/e2e/setup.ts",
      globalTeardown: "<rootDir>/__tests__/e2e/teardown.ts",
    },
  ],
};
