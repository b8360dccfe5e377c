import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Terraform } from "@local/terraform/run/terraform";
import { functionSourcesOf } from "../../../inventory/function-sources";

test("the sources of functions are the folders that the application names, else the archived ones, and are read once for each synthesis", () => {
  const folder = mkdtempSync(join(tmpdir(), "sources-"));
  try {
    mkdirSync(join(folder, "assets"));
    writeFileSync(join(folder, "assets", "orders.json"), '{"source": "functions/orders"}');
    const configuration = {
      data: {
        archive_file: {
          orders_zip: { source_dir: "assets/orders/0123abcd" },
          "mails-zip": { source_dir: "assets/mails/0123abcd" },
          one: { source_file: "index.py" },
        },
      },
      resource: {
        aws_lambda_function: {
          orders: { filename: "${data.archive_file.orders_zip.output_path}" },
          again: { filename: "${data.archive_file.orders_zip.output_path}" },
          mails: { filename: "${data.archive_file.mails-zip.output_path}" },
          one: { filename: "${data.archive_file.one.output_path}" },
          bucket: { s3_bucket: "code" },
          fixed: { filename: "code.zip" },
        },
      },
    };
    const stack = new Terraform(folder, {});
    const read = jest.spyOn(stack, "configuration");
    writeFileSync(stack.configurationFile, JSON.stringify(configuration));
    const find = functionSourcesOf(stack);
    for (let round = 0; round < 2; round += 1) {
      expect([...find()]).toEqual([
        ["aws_lambda_function.orders", resolve("functions/orders")],
        ["aws_lambda_function.again", resolve("functions/orders")],
        ["aws_lambda_function.mails", join(folder, "assets/mails/0123abcd")],
      ]);
    }
    expect(read).toHaveBeenCalledTimes(1);
    writeFileSync(stack.configurationFile, '{"resource": {}}');
    utimesSync(stack.configurationFile, 1, 1);
    expect([...find()]).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
