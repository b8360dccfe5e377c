import { createHash, randomBytes } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import type { RequestListener, Server } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { TYPESCRIPT } from "@local/command-line/launcher/typescript";
import { run, startChild } from "@local/command-line/process/child-process";
import { close, listen, serverUrl } from "@local/command-line/server";
import { zipSync } from "fflate";
import { PLATFORM, RELEASE, type Release } from "../../../run/fetch-terraform";
import { searchTerraform } from "../../../run/find-terraform";

const INSTALL = "Install Terraform 1.10 or later, or set TERRAFORM to its path.";
const ZIP_PATH = `/terraform/1.11.4/terraform_1.11.4_${PLATFORM}.zip`;

/** A program that answers as Terraform does. What follows it is never read, and cannot be compressed. */
const standIn = (version: string) => `#!/bin/sh\necho '{"terraform_version": "${version}"}'\nexit\n`;
const EXECUTABLE = Buffer.concat([Buffer.from(standIn("1.11.4")), randomBytes(400_000)]);
const ZIP = Buffer.from(zipSync({ "LICENSE.txt": Buffer.from("Business Source License"), terraform: EXECUTABLE }));
const SUM = createHash("sha256").update(ZIP).digest("hex");

let folder: string;
let cache: string;
let site: Server;
let requested: string[];
let answer: RequestListener;

const whole: RequestListener = (_request, response) => {
  response.writeHead(200, { "content-length": ZIP.length }).end(ZIP);
};
const half: RequestListener = (_request, response) => {
  response.writeHead(200, { "content-length": ZIP.length }).write(ZIP.subarray(0, 200_000));
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "terraform-"));
  cache = join(folder, "cache");
  requested = [];
  answer = whole;
  site = await listen(0, "--port");
  site.on("request", (request, response) => {
    requested.push(request.url ?? "");
    answer(request, response);
  });
});
afterEach(async () => {
  site.closeAllConnections();
  await close(site);
  rmSync(folder, { recursive: true });
});

function release(changes: Partial<Release> = {}): Release {
  return { ...RELEASE, site: serverUrl(site), sums: { [PLATFORM]: SUM }, ...changes };
}

function search(environment: NodeJS.ProcessEnv = {}, changes: Partial<Release> = {}, isOffline = false) {
  const notes: string[] = [];
  const found = searchTerraform({ environment, cache, release: release(changes), isOffline }, (note) =>
    notes.push(note),
  );
  return Object.assign(found, { notes });
}

/** Puts a program of the name terraform into a folder of its own, and returns its path. */
function program(name: string, text: string): string {
  const file = join(folder, name, "terraform");
  mkdirSync(dirname(file));
  writeFileSync(file, text, { mode: 0o755 });
  return file;
}

describe("Terraform", () => {
  test("is the one of TERRAFORM, else the one on the PATH, else the one fetched before, else fetched", async () => {
    const [chosen, onPath] = [program("chosen", standIn("1.14.1")), program("bin", standIn("1.12.0"))];
    const PATH = `${join(folder, "none")}:${dirname(onPath)}`;
    expect(await search({ TERRAFORM: chosen, PATH })).toMatchObject({ path: chosen, version: "1.14.1" });
    expect(await search({ TERRAFORM: "", PATH })).toMatchObject({ path: onPath, version: "1.12.0", isOnPath: true });
    expect(requested).toEqual([]);

    const fetched = await search();
    const source = `fetched from ${serverUrl(site)}, because no Terraform is on the PATH`;
    expect(fetched).toMatchObject({ version: "1.11.4", isOnPath: false, source });
    expect(requested).toEqual([ZIP_PATH]);
    // A shell finds it as `terraform`, and npm ci removes it.
    expect(fetched.path).toBe(join(cache, `1.11.4_${PLATFORM}`, "terraform"));
    expect(readFileSync(fetched.path).equals(EXECUTABLE)).toBe(true);
    expect(statSync(fetched.path).mode & 0o777).toBe(0o755);
    expect(readdirSync(dirname(fetched.path))).toEqual(["terraform"]);

    expect(await search({}, {}, true)).toMatchObject({ path: fetched.path, version: "1.11.4", isOnPath: false });
    expect((await search({ PATH })).path).toBe(onPath);
    expect(requested).toHaveLength(1);
  });

  test("that TERRAFORM names from here is also found from a stack's folder", async () => {
    const chosen = program("chosen", standIn("1.14.1"));
    expect((await search({ TERRAFORM: relative(process.cwd(), chosen) })).path).toBe(chosen);
  });

  test.each([
    ["does not exist", undefined],
    ["does not run as Terraform", "#!/bin/sh\necho Terraform v1.12.0\n"],
    ["does not run as Terraform", "no program at all"],
    ["is Terraform 1.9.8", standIn("1.9.8")],
  ])("that TERRAFORM names and %s is refused", async (problem, text) => {
    const TERRAFORM = text ? program("chosen", text) : join(folder, "none");
    const PATH = dirname(program("bin", standIn("1.12.0")));
    await expect(search({ TERRAFORM, PATH })).rejects.toThrow(
      `TERRAFORM is ${TERRAFORM}, which ${problem}. ${INSTALL}`,
    );
  });

  test.each([
    ["does not run as Terraform", "#!/bin/sh\necho No version is set >&2; exit 126\n"],
    ["is Terraform 1.5.7", standIn("1.5.7")],
  ])("on the PATH that %s is passed over", async (problem, text) => {
    const path = program("bin", text);
    const { version, source } = await search({ PATH: dirname(path) });
    expect([version, source]).toEqual(["1.11.4", `fetched from ${serverUrl(site)}, because ${path} ${problem}`]);
  });

  test("that was fetched and does not run any more is fetched again", async () => {
    const { path } = await search();
    writeFileSync(path, "");
    expect((await search()).version).toBe("1.11.4");
    expect(requested).toHaveLength(2);
  });

  test("is not fetched offline", async () => {
    const reason = `--offline forbids to fetch Terraform, and no Terraform is on the PATH. ${INSTALL}`;
    await expect(search({}, {}, true)).rejects.toThrow(reason);
    expect(requested).toEqual([]);
  });

  test("is not fetched for a platform without a sum", async () => {
    await expect(search({}, { sums: { plan9_amd64: SUM } })).rejects.toThrow(
      `No Terraform can be fetched for ${PLATFORM}. ${INSTALL}`,
    );
    expect(requested).toEqual([]);
  });

  test("can be fetched by two commands at once", async () => {
    const [one, other] = await Promise.all([search(), search()]);
    expect(one).toEqual(other);
    expect(requested).toHaveLength(2);
    expect(readdirSync(dirname(one.path))).toEqual(["terraform"]);
  });

  test("is fetched in the version that the workflows pin, for the usual platforms", () => {
    expect(readFileSync(".github/actions/setup/action.yml", "utf8")).toContain(`default: "${RELEASE.version}"`);
    expect(Object.keys(RELEASE.sums)).toEqual(["linux_amd64", "linux_arm64", "darwin_amd64", "darwin_arm64"]);
    for (const sum of Object.values(RELEASE.sums)) expect(sum).toMatch(/^[0-9a-f]{64}$/);
    expect(new Set(Object.values(RELEASE.sums)).size).toBe(4);
  });
});

describe("fetching", () => {
  test("tells how much has arrived", async () => {
    const megabytes = `${(ZIP.length / 1_000_000).toFixed(1)} MB`;
    const known = search();
    await known;
    expect(known.notes.at(-1)).toBe(`fetching 1.11.4, 100 % of ${megabytes}`);
    expect(known.notes.every((note) => /^fetching 1\.11\.4, \d+ % of 0\.4 MB$/.test(note))).toBe(true);

    answer = (_request, response) => {
      response.write(ZIP);
      response.end();
    };
    rmSync(cache, { recursive: true });
    const unknown = search();
    await unknown;
    expect(unknown.notes.at(-1)).toBe(`fetching 1.11.4, ${megabytes}`);
  });

  const changed = Buffer.from(ZIP);
  changed[1000] = (changed[1000] ?? 0) ^ 1;
  const changedSum = createHash("sha256").update(changed).digest("hex");
  test.each<[string, string, RequestListener]>([
    [
      "another file",
      `is not the Terraform that is meant: its SHA-256 sum is ${changedSum}, not ${SUM}`,
      (_request, response) => response.end(changed),
    ],
    [
      "no such file",
      "cannot be fetched: it answered 404 Not Found",
      (_, response) => response.writeHead(404).end("no"),
    ],
    [
      "a file that is cut off",
      "cannot be fetched: it was cut off after 0.2 MB",
      (request, response) => {
        half(request, response);
        setTimeout(() => response.destroy(), 100);
      },
    ],
    ["a file that stops", "cannot be fetched: no byte arrived for 0.5 s", half],
    ["nothing", "cannot be fetched: no byte arrived for 0.5 s", () => {}],
  ])("%s is told in a line, and leaves nothing", async (_name, reason, listener) => {
    answer = listener;
    await expect(search({}, { patience: 500 })).rejects.toThrow(
      expect.objectContaining({ name: "UserError", message: `${serverUrl(site)}${ZIP_PATH} ${reason}. ${INSTALL}` }),
    );
    expect(existsSync(cache)).toBe(false);
  });

  test("no connection is told in a line", async () => {
    const closed = await listen(0, "--port");
    const address = serverUrl(closed);
    await close(closed);
    const reason = `connect ECONNREFUSED ${new URL(address).host}`;
    await expect(search({}, { site: address })).rejects.toThrow(
      `${address}${ZIP_PATH} cannot be fetched: ${reason}. ${INSTALL}`,
    );
    expect(existsSync(cache)).toBe(false);
  });

  test("a slow site that goes on sending is waited for", async () => {
    answer = async (_request, response) => {
      response.writeHead(200, { "content-length": ZIP.length });
      for (let sent = 0; sent < ZIP.length; sent += 100_000) {
        response.write(ZIP.subarray(sent, sent + 100_000));
        await new Promise((done) => setTimeout(done, 500));
      }
      response.end();
    };
    expect((await search({}, { patience: 2000 })).version).toBe("1.11.4");
  });

  test("a cache that cannot be written is told in a line, and leaves nothing", async () => {
    mkdirSync(join(cache, `1.11.4_${PLATFORM}`, "terraform"), { recursive: true });
    await expect(search()).rejects.toThrow(`Terraform cannot be written to ${join(cache, `1.11.4_${PLATFORM}`)}: `);
    expect(readdirSync(join(cache, `1.11.4_${PLATFORM}`))).toEqual(["terraform"]);
  });

  /** A process that looks for Terraform as commands do that show nothing else meanwhile. */
  function searcher(): string[] {
    const given = { environment: {}, cache, release: release(), isOffline: false };
    const module = resolve("packages/terraform/run/find-terraform");
    return [
      ...TYPESCRIPT,
      "-e",
      `require("${module}").searchTerraform(${JSON.stringify(given)}).then(({ path }) => console.log(path))`,
    ];
  }

  test("is one line on standard error, and the result can be run", async () => {
    const { stdout, stderr } = await run(process.execPath, searcher());
    const line = `✔ Terraform 1.11.4: fetched from ${serverUrl(site)}, because no Terraform is on the PATH`;
    expect(stderr.replace(/ \d+\.\d s\n$/, "")).toBe(line);
    expect((await run(stdout.trim(), ["version", "-json"])).stdout).toBe('{"terraform_version": "1.11.4"}\n');
  });

  test("ends at Ctrl-C and leaves nothing", async () => {
    const child = startChild(process.execPath, searcher(), { stdio: "ignore" });
    const ended = new Promise((done) => child.once("close", done));
    await new Promise<void>((done) => {
      answer = (request, response) => {
        half(request, response);
        setTimeout(done, 300);
      };
    });
    child.kill("SIGINT");
    expect(await ended).toBe(130);
    expect(existsSync(cache)).toBe(false);
  });
});
