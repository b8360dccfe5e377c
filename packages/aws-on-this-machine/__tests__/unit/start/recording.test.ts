import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Recording } from "../../../start/recording";

describe("recordings", () => {
  const RECORDED = { requests: [{ status: "200 OK" }], localState: "{}", systemState: "{}" };
  let folder: string;
  let cache: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "recordings-"));
    cache = join(folder, "cache");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test("are found by the same texts only", () => {
    new Recording(["Terraform 1", "stack"], cache).save(RECORDED);
    const found = new Recording(["Terraform 1", "stack"], cache);
    expect(found.time).toBeGreaterThan(Date.now() - 60_000);
    expect(found.read()).toEqual(RECORDED);
    // It may have secrets.
    expect(statSync(found.file).mode & 0o777).toBe(0o600);
    for (const other of [["Terraform 2", "stack"], ["Terraform 1"], ["stack", "Terraform 1"], ["Terraform 1stack"]]) {
      expect(new Recording(other, cache).time).toBeUndefined();
    }
  });

  test("replace the one of the same texts, and are discarded alone", () => {
    const recording = new Recording(["a"], cache);
    recording.save(RECORDED);
    recording.save({ ...RECORDED, localState: "new" });
    new Recording(["b"], cache).save(RECORDED);
    expect(recording.read().localState).toBe("new");
    expect(readdirSync(cache)).toHaveLength(2);
    recording.discard();
    expect(recording.time).toBeUndefined();
    expect(readdirSync(cache)).toHaveLength(1);
  });

  test("are kept up to five, the newest ones", () => {
    for (const minute of [3, 1, 2, 4, 5]) {
      const before = new Set(minute === 3 ? [] : readdirSync(cache));
      new Recording([`${minute}`], cache).save(RECORDED);
      const [file = ""] = readdirSync(cache).filter((name) => !before.has(name));
      const time = new Date(2026, 0, 1, 0, minute);
      utimesSync(join(cache, file), time, time);
    }
    new Recording(["newest"], cache).save(RECORDED);
    const kept = ["1", "2", "3", "4", "5", "newest"].filter((text) => new Recording([text], cache).time !== undefined);
    expect(kept).toEqual(["2", "3", "4", "5", "newest"]);
    expect(readdirSync(cache)).toHaveLength(5);
  });

  test("that cannot be written leave no part of them", () => {
    const recording = new Recording(["a"], cache);
    mkdirSync(join(recording.file, "not-empty"), { recursive: true });
    expect(() => recording.save(RECORDED)).toThrow();
    expect(readdirSync(cache)).toHaveLength(1);
  });

  test("that are cut off are not read", () => {
    const recording = new Recording(["a"], cache);
    recording.save(RECORDED);
    const [file = ""] = readdirSync(cache);
    truncateSync(join(cache, file), 20);
    expect(() => recording.read()).toThrow("unexpected end of file");
  });
});
