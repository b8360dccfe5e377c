import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Terraform } from "@local/terraform/run/terraform";
import { findFunctionSources } from "../../../inventory/function-sources";

test("the sources of functions are the folders that the application names, else the archived ones", () => {
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
    const stack = { folder, configuration: () => configuration } as unknown as Terraform;
    expect([...findFunctionSources(stack)]).toEqual([
      ["aws_lambda_function.orders", resolve("functions/orders")],
      ["aws_lambda_function.again", resolve("functions/orders")],
      ["aws_lambda_function.mails", join(folder, "assets/mails/0123abcd")],
    ]);
    const none = { folder, configuration: () => ({ resource: {} }) } as unknown as Terraform;
    expect([...findFunctionSources(none)]).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
