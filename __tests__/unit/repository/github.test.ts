import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Github, listAll, workflowGithub } from "../../../tools/github/api";
import { isNewest, requireProtection } from "../../../tools/github/approval";
import { reportDrift } from "../../../tools/github/drift-issues";
import { githubEnvironments } from "../../../tools/github/environments";
import { commentPlan } from "../../../tools/github/plan-comment";

/** GitHub with some answers by path, and a record of what was written to it. */
function github(answers: Record<string, unknown>): { github: Github; written: unknown[][] } {
  const written: unknown[][] = [];
  const answer: Github = async <T>(method: string, path: string, body?: object) => {
    if (method !== "GET") written.push([method, path, body]);
    return answers[path.replace(/[?&]per_page.*/, "")] as T | undefined;
  };
  return { github: answer, written };
}

test.each([
  ["main", "main"],
  ["release/2026", "release%2F2026"],
])("a commit is the newest until another one is on %s", async (branch, path) => {
  const { github: api } = github({ [`branches/${path}`]: { commit: { sha: "newer" } } });
  expect([await isNewest("newer", branch, api), await isNewest("older", branch, api)]).toEqual([true, false]);
});

describe("the environments for the workflows", () => {
  const role = (name: string) => `arn:aws:iam::123456789012:role/${name}`;
  const environments = {
    production: { github: { repository: "owner/name", environment: "live" }, region: "eu-central-1" },
    development: { dataProtection: false },
    "load-test": { dataProtection: false },
    staging: {},
  };
  const variables = {
    PLAN_ROLE_ARN_PRODUCTION: role("p"),
    PLAN_ROLE_ARN_LOAD_TEST: role("l"),
    PLAN_ROLE_ARN: role("x"),
  };
  const lists = githubEnvironments(environments, variables);

  test("each have their own Region, GitHub environment and plan role", () => {
    expect(lists.all).toEqual([
      { name: "production", region: "eu-central-1", githubEnvironment: "live", planRole: role("p") },
      { name: "development", region: "us-west-2", githubEnvironment: "development", planRole: "" },
      { name: "load-test", region: "us-west-2", githubEnvironment: "load-test", planRole: role("l") },
      { name: "staging", region: "us-west-2", githubEnvironment: "staging", planRole: "" },
    ]);
  });

  test("whose plan role trusts another branch than the default one are refused", () => {
    expect(() => githubEnvironments(environments, variables, "trunk")).toThrow(
      'environments.production.github.branch: "main" is not the repository\'s default branch; use "trunk", and deploy the stack github-access again',
    );
    expect(githubEnvironments(environments, variables, "main")).toEqual(lists);
    // A schedule does not know it.
    expect(githubEnvironments(environments, variables, "")).toEqual(lists);
    const trunk = { ...environments.production, github: { ...environments.production.github, branch: "trunk" } };
    expect(githubEnvironments({ ...environments, production: trunk }, variables, "trunk")).toEqual(lists);
    expect(() => githubEnvironments(environments, {}, "trunk")).not.toThrow();
  });

  test("are deployed where they have a plan role, and after an approval where their data is protected", () => {
    const names = Object.entries(lists).map(([list, entries]) => [
      list,
      entries.map(({ name }: { name: string }) => name),
    ]);
    expect(Object.fromEntries(names)).toMatchObject({
      planned: ["production", "load-test"],
      approved: ["production"],
      automatic: ["load-test"],
    });
  });
});

describe("an environment that must be approved", () => {
  const reviewers = { type: "required_reviewers", reviewers: [{ type: "User" }] };
  const selected = { protected_branches: false, custom_branch_policies: true };
  const environment = (rules: object[], policy: object | null, branches = ["main"]) => ({
    "environments/live%20site": { protection_rules: rules, deployment_branch_policy: policy },
    "environments/live%20site/deployment-branch-policies": { branch_policies: branches.map((name) => ({ name })) },
  });
  const check = (answers: Record<string, unknown>, needsApproval = true, branch = "main") =>
    requireProtection("live site", { branch, needsApproval }, github(answers).github);
  const where = "Settings > Environments > live site of the repository";

  test("has reviewers, and only main reaches it", async () => {
    await check(environment([{ type: "branch_policy" }, reviewers], selected));
    const protectedOnly = { protected_branches: true, custom_branch_policies: false };
    await check({ ...environment([reviewers], protectedOnly), "branches/main": { protected: true } });
  });

  test("is for the default branch, whatever its name", async () => {
    await check(environment([reviewers], selected, ["trunk"]), true, "trunk");
    await expect(check(environment([reviewers], selected), true, "trunk")).rejects.toThrow(
      "allow only the branch trunk",
    );
    const protectedOnly = { protected_branches: true, custom_branch_policies: false };
    await check({ ...environment([reviewers], protectedOnly), "branches/trunk": { protected: true } }, true, "trunk");
  });

  test("needs no reviewers where no approval is needed, but still only main reaches it", async () => {
    await check(environment([], selected), false);
    await expect(check(environment([], null), false)).rejects.toThrow(
      `In ${where}, under deployment branches and tags, allow only the branch main, because any branch could`,
    );
  });

  test.each<[string, Record<string, unknown>, string]>([
    [
      "does not exist",
      {},
      "The repository has no environment live site. In Settings > Environments, create it, add required reviewers, and under",
    ],
    [
      "has no reviewers",
      environment([{ type: "wait_timer" }], selected),
      `In ${where}, add required reviewers, because`,
    ],
    [
      "has a rule without reviewers",
      environment([{ ...reviewers, reviewers: [] }], selected),
      "add required reviewers",
    ],
    [
      "lets every branch deploy",
      environment([reviewers], null),
      `In ${where}, under deployment branches and tags, allow only`,
    ],
    [
      "lets other branches deploy",
      environment([reviewers], selected, ["main", "release/*"]),
      "allow only the branch main",
    ],
    [
      "lets protected branches deploy, of which there are none",
      { ...environment([reviewers], { protected_branches: true }), "branches/main": { protected: false } },
      "allow only the branch main",
    ],
    [
      "has nothing",
      environment([], null),
      "add required reviewers, and under deployment branches and tags, allow only",
    ],
  ])("is refused where it %s", async (_, answers, message) => {
    await expect(check(answers)).rejects.toThrow(message);
  });
});

describe("drift", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "drift-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const issue = (number: number, title: string, type = "Bot") => ({ number, title, user: { type } });

  /** What is written to GitHub about stacks with a drift or none. */
  async function written(stacks: Record<string, string>, issues: object[], branch = "main"): Promise<unknown[][]> {
    for (const [stack, drift] of Object.entries(stacks)) writeFileSync(join(folder, `${stack}.md`), drift);
    const fake = github({ "issues?state=open": issues });
    await reportDrift(folder, branch, fake.github);
    return fake.written;
  }

  test("of a stack opens an issue", async () => {
    const title = "state-backend differs from main";
    expect(await written({ "state-backend": "text" }, [])).toEqual([["POST", "issues", { title, body: "text" }]]);
  });

  test("names the default branch, and finds its issue after that was renamed", async () => {
    const title = "system differs from trunk";
    expect(await written({ system: "text" }, [], "trunk")).toEqual([["POST", "issues", { title, body: "text" }]]);
    expect(await written({ system: "" }, [issue(1, "system differs from main")], "trunk")).toEqual([
      ["PATCH", "issues/1", { state: "closed" }],
    ]);
  });

  test("has one issue a stack, which it updates", async () => {
    const issues = [issue(1, "system-development differs from main"), issue(2, "system differs from main")];
    expect(await written({ system: "text" }, issues)).toEqual([["PATCH", "issues/2", { body: "text" }]]);
  });

  test("that is gone closes its issue, and nothing else", async () => {
    const issues = [issue(1, "system differs from main"), issue(2, "other differs from main")];
    expect(await written({ system: "", "state-backend": "" }, issues)).toEqual([
      ["PATCH", "issues/1", { state: "closed" }],
    ]);
  });

  test("leaves people's own issues alone", async () => {
    expect(await written({ system: "" }, [issue(1, "system differs from main", "User")])).toEqual([]);
  });
});

describe("a pull request's comment", () => {
  const comments = "issues/7/comments";
  const plan = { environment: "production", pullRequest: "7", markdown: "### Plan" };
  const body = "<!-- plan of production -->\n### Plan";
  const comment = (id: number, text: string, type = "Bot") => ({ id, body: text, user: { type } });

  test("is written once for each environment", async () => {
    const others = [comment(1, "<!-- plan of development -->\n### Plan"), comment(2, body, "User")];
    const fake = github({ [comments]: others });
    await commentPlan(plan, fake.github);
    expect(fake.written).toEqual([["POST", comments, { body }]]);
  });

  test("replaces that of an earlier run", async () => {
    const fake = github({ [comments]: [comment(1, "Hello"), comment(2, "<!-- plan of production -->\n### Old")] });
    await commentPlan(plan, fake.github);
    expect(fake.written).toEqual([["PATCH", "issues/comments/2", { body }]]);
  });
});

describe("GitHub's API", () => {
  /** Asks a server that answers with a status, and returns the requests that it got. */
  async function ask<T>(status: number, answer: (path: string) => unknown, question: (github: Github) => Promise<T>) {
    const requests: IncomingMessage[] = [];
    const server = createServer((request, response) => {
      requests.push(request);
      response.writeHead(status).end(JSON.stringify(answer(request.url ?? "")));
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const { port } = server.address() as AddressInfo;
    const environment = { GITHUB_API_URL: `http://127.0.0.1:${port}`, GITHUB_REPOSITORY: "o/n", GITHUB_TOKEN: "token" };
    try {
      return { result: await question(workflowGithub(environment)), requests };
    } finally {
      server.close();
    }
  }

  test("is asked with the workflow's token, page by page", async () => {
    const page = (path: string) => Array.from({ length: path.endsWith("&page=1") ? 100 : 3 }, (_, index) => index);
    const { result, requests } = await ask(200, page, (api) => listAll(api, "issues?state=open"));
    expect(result).toHaveLength(103);
    expect(requests.map(({ url, headers }) => [url, headers.authorization])).toEqual([
      ["/repos/o/n/issues?state=open&per_page=100&page=1", "Bearer token"],
      ["/repos/o/n/issues?state=open&per_page=100&page=2", "Bearer token"],
    ]);
  });

  test("has no answer about what does not exist", async () => {
    expect(
      (
        await ask(
          404,
          () => ({}),
          (api) => api("GET", "environments/none"),
        )
      ).result,
    ).toBeUndefined();
  });

  test("fails where what is to be changed does not exist", async () => {
    await expect(
      ask(
        404,
        () => ({}),
        (api) => api("PATCH", "issues/1", {}),
      ),
    ).rejects.toThrow("GitHub answers 404");
  });

  test("may refuse, and the error says what to look at", async () => {
    await expect(
      ask(
        403,
        () => ({}),
        (api) => api("GET", "environments/live"),
      ),
    ).rejects.toThrow("GitHub answers 403 to GET environments/live; look at the job's permissions.");
  });
});
