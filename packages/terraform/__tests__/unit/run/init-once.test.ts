import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Terraform } from "../../../run/terraform";

test("a stack is initialized once: not after an apply, and not after a first time", async () => {
  const folder = mkdtempSync(join(tmpdir(), "init-"));
  const ran: (string | undefined)[] = [];
  const run = jest.spyOn(Terraform.prototype, "run").mockImplementation(async ([command]) => {
    ran.push(command);
    mkdirSync(join(folder, ".terraform"), { recursive: true });
    return { exitCode: 0, stdout: "" };
  });
  const terraform = new Terraform(folder, {});
  for (let time = 0; time < 2; time += 1) await terraform.initOnce();
  expect(ran).toEqual(["init"]);
  run.mockRestore();
  rmSync(folder, { recursive: true });
});
