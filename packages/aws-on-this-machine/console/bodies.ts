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
  api: z.string().optional(),
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

const messageSchema = z.strictObject({ body: z.string().min(1, { error: "use a text of at least one character" }) });

/** Reads a request for an API. Throws an `HttpError`. */
export function readTestRequest(request: IncomingMessage): Promise<TestRequest> {
  return readAs(testRequestSchema, request);
}

/** Reads the text of a message for a queue. Throws an `HttpError`. */
export async function readMessage(request: IncomingMessage): Promise<string> {
  return (await readAs(messageSchema, request)).body;
}

async function readAs<T>(schema: z.ZodType<T>, request: IncomingMessage): Promise<T> {
  const { success, data, error } = schema.safeParse(parse(await readText(request, MAX_REQUEST_BYTES)));
  if (success) return data;
  const issues = error.issues.map(({ path, message }) => [path.join("."), message].filter(Boolean).join(": "));
  throw new HttpError(400, issues.join("; "));
}

/** Reads an event for a function, as JSON. Throws an `HttpError`. */
export async function readEvent(request: IncomingMessage): Promise<string> {
  const event = await readText(request, MAX_EVENT_BYTES);
  parse(event);
  return event;
}

const claimsSchema = z.record(z.string(), z.json());

/** Reads the claims of a token, a JSON object; no body is an empty one. Throws an `HttpError`. */
export async function readClaims(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  const { success, data } = claimsSchema.safeParse(parse((await readText(request, MAX_EVENT_BYTES)) || "{}"));
  if (success) return data;
  throw new HttpError(400, "The body is not a JSON object with claims.");
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
