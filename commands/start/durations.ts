import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import type { StackName } from "../../stacks/names";
import type { Expectation } from "../cli/progress";
import { PROJECT_FOLDER } from "../cli/project";

/** Where the durations of the latest applies are kept. `npm ci` removes it. */
export const DURATIONS = join(PROJECT_FOLDER, "node_modules", ".cache", "apply-durations.json");

/** What was measured on two cores. */
const STACK_SECONDS: Readonly<Record<string, number>> = { "state-backend": 60, "serverless-infrastructure": 75 };

/** What the AWS provider waits for, on AWS as on an emulator: until AWS has settled, and some more. */
const RESOURCE_SECONDS = { aws_s3_bucket_lifecycle_configuration: 55, aws_sqs_queue: 25 };

/** A resource that takes less is not kept. */
const LONG_SECONDS = 5;

const seconds = z.number().positive();
const durationsSchema = z.record(z.string(), z.object({ seconds, resources: z.record(z.string(), seconds) }));

/** How long the applies of new stacks took the last time on this machine. */
export class Durations {
  /** @param file where they are kept */
  constructor(private readonly file: string) {}

  /** What an apply will probably take. */
  expected(stack: StackName): Expectation {
    const measured = this.read()[stack];
    return {
      seconds: measured?.seconds ?? STACK_SECONDS[stack],
      resources: { ...RESOURCE_SECONDS, ...measured?.resources },
    };
  }

  /** Keeps what an apply has taken. */
  save(stack: StackName, seconds: number, resources: Readonly<Record<string, number>>): void {
    const long = Object.fromEntries(Object.entries(resources).filter(([, duration]) => duration >= LONG_SECONDS));
    const all = { ...this.read(), [stack]: { seconds, resources: long } };
    mkdirSync(dirname(this.file), { recursive: true });
    writeFileSync(this.file, JSON.stringify(all));
  }

  private read(): z.infer<typeof durationsSchema> {
    try {
      return durationsSchema.parse(JSON.parse(readFileSync(this.file, "utf8")));
    } catch {
      return {};
    }
  }
}
