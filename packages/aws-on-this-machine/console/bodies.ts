import type { IncomingMessage } from "node:http";
import { isHeader, readBody } from "@local/command-line/server";
import { parseJson } from "@local/command-line/text/json";
import { z } from "zod";
import { MAX_EVENT_BYTES } from "../function/function-runtime";
import type { TestRequest } from "../system/running-system";
import { HttpError } from "./guards";

/** The API's limit for a body, in base64, and room for the rest of a test request. */
const MAX_REQUEST_BYTES = 14 * 1024 * 1024;

const testRequestSchema: z.ZodType<TestRequest> = z.strictObject({
  method: z.enum(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]),
  path: z.string().refine(
    // `//host/`, `/\\host/` and the like lead to another host.
    (path) => path.startsWith("/") && URL.canParse(path, "http://api") && new URL(path, "http://api").host === "api",
    { error: "use a path that begins with a single /" },
  ),
  headers: z
    .record(
      z.string().refine((name) => isHeader(name, ""), { error: "use a header name" }),
      z.string().refine((value) => isHeader("x", value), { error: "use a header value" }),
    )
    .optional(),
  body: z.string().optional(),
  isBase64Encoded: z.boolean().optional(),
  replayOf: z.string().optional(),
});

/** Reads a request for the API. Throws an `HttpError`. */
export async function readTestRequest(request: IncomingMessage): Promise<TestRequest> {
  const { success, data, error } = testRequestSchema.safeParse(parse(await readText(request, MAX_REQUEST_BYTES)));
  if (success) return data;
  const issues = error.issues.map(({ path, message }) => [path.join("."), message].filter(Boolean).join(": "));
  throw new HttpError(400, issues.join("; "));
}

/** Reads an event for the function, as JSON. Throws an `HttpError`. */
export async function readEvent(request: IncomingMessage): Promise<string> {
  const event = await readText(request, MAX_EVENT_BYTES);
  parse(event);
  return event;
}

async function readText(request: IncomingMessage, maxBytes: number): Promise<string> {
  const body = await readBody(request, maxBytes);
  if (body === "too large") throw new HttpError(413, `The body is longer than ${maxBytes} bytes.`);
  return body.toString();
}

function parse(text: string): unknown {
  const value = parseJson(text);
  if (value === undefined) throw new HttpError(400, "The body is not valid JSON.");
  return value;
}
