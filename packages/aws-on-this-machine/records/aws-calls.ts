import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { z } from "zod";
import type { AwsCall } from "../runs/run";

export type ItemKey = Record<string, AttributeValue>;

/** A call as the emulator keeps it. */
export interface KeptCall extends AwsCall {
  /** The key of the item, for a call of DynamoDB that names one. */
  readonly key?: ItemKey;
}

/** The emulator keeps bytes in base64. */
const value = z
  .record(z.string(), z.string())
  .transform(({ B, ...other }) => (B === undefined ? other : { B: Uint8Array.from(Buffer.from(B, "base64")) }));
const key = z.record(z.string(), value as z.ZodType<AttributeValue>);
const call = z.object({
  service: z.string(),
  operation: z.string(),
  resource: z.string(),
  status: z.number(),
  time: z.number(),
  key: key.optional(),
});

/** The emulator's record of the calls of functions, by their traces. Other emulators have none. */
export class AwsCalls {
  constructor(private readonly endpoint: string) {}

  /** The calls of a trace; undefined if the emulator keeps none. */
  async of(root: string): Promise<KeptCall[] | undefined> {
    const answer = await this.ask(`calls?root=${encodeURIComponent(root)}`);
    return answer ? z.object({ calls: z.array(call) }).parse(answer).calls : undefined;
  }

  /** The keys of the items that were written last to a table, newest first. */
  async written(table: string, limit: number): Promise<ItemKey[]> {
    const answer = await this.ask(`written?table=${encodeURIComponent(table)}&limit=${limit}`);
    return answer ? z.object({ keys: z.array(key) }).parse(answer).keys : [];
  }

  private async ask(path: string): Promise<unknown> {
    const response = await fetch(`${this.endpoint}/_emulator/${path}`);
    // Other emulators answer with an error, in XML or JSON.
    return response.ok ? response.json().catch(() => undefined) : undefined;
  }
}
