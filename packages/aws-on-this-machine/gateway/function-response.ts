import { isHeader } from "@local/command-line/server";
import { parseJson } from "@local/command-line/text/json";
import { z } from "zod";

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: Buffer;
}

export const headerValue = z.union([z.string(), z.number(), z.boolean()]).transform(String);

export const proxyResult = z.object({
  statusCode: z.coerce.number().int().min(200).max(599),
  // A record with a schema for its values takes as long as all the rest, and each answer waits for it.
  headers: z.custom<Readonly<Record<string, string | number | boolean>>>(areHeaders).nullish(),
  cookies: z.array(z.string().refine((cookie) => isHeader("set-cookie", cookie))).nullish(),
  body: z.string().nullish(),
  isBase64Encoded: z.boolean().nullish(),
});

/**
 * Reads a function's result, as JSON, in payload format 2.0. Returns undefined for a malformed result.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function readFunctionResponse(payload: string): HttpResponse | undefined {
  const result = parseJson(payload);
  // Python writes NaN and Infinity, which are not JSON.
  if (result === undefined) return undefined;
  if (typeof result !== "object" || result === null || !("statusCode" in result)) {
    const body = Buffer.from(typeof result === "string" ? result : payload);
    return { status: 200, headers: { "content-type": "application/json" }, body };
  }
  const { data } = proxyResult.safeParse(result);
  if (!data) return undefined;
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(data.headers ?? {})) headers[name.toLowerCase()] = String(value);
  if (data.cookies?.length) headers["set-cookie"] = data.cookies;
  return responseOf(data, headers);
}

function areHeaders(value: unknown): boolean {
  const isSingle = (each: unknown) => ["string", "number", "boolean"].includes(typeof each);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.entries(value).every(([name, each]) => isSingle(each) && isHeader(name, String(each)));
}

/** Returns undefined for a body that is not in base64 although the result says so. */
export function responseOf(
  data: z.infer<typeof proxyResult>,
  headers: Record<string, string | string[]>,
): HttpResponse | undefined {
  headers["content-type"] ??= "text/plain; charset=utf-8";
  const body = data.body ?? "";
  if (!data.isBase64Encoded) return { status: data.statusCode, headers, body: Buffer.from(body) };
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/.test(body)) return undefined;
  return { status: data.statusCode, headers, body: Buffer.from(body, "base64") };
}
