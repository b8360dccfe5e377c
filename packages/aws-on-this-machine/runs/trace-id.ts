import { randomBytes } from "node:crypto";

/** @see https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-traceids */
export function newTraceId(now = Date.now()): string {
  return `Root=1-${Math.floor(now / 1000).toString(16)}-${randomBytes(12).toString("hex")}`;
}

/** The root in the value of a header `x-amzn-trace-id`, such as `1-65a1b2c3-...`. */
export function traceRoot(traceId: string): string | undefined {
  return /(?:^|;)Root=([^;]+)/.exec(traceId)?.[1];
}
