import { z } from "zod";
import { listOf, oneOf, trueOrFalse, wholeNumber } from "./types";

const HTTP_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "*"] as const;

/**
 * API Gateway refuses every other origin (`Invalid format for origin null`), also the origin of an extension or an app,
 * such as `capacitor://localhost`.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
 */
const ORIGIN = /^(\*|https?:\/\/(\*|([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?))$/;
const ORIGINS =
  'use a list of origins such as "https://example.com" or "http://localhost:3000", without a path or a slash at the end; "https://*" and "http://*" are every origin with that scheme, and ["*"] is every origin';

/** The name of a header, or `*` for all: https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2 */
const HEADER_NAME = /^(\*|[A-Za-z0-9!#$%&'+.^_`|~-]+)$/;
const headerNames = listOf(HEADER_NAME, "use a list of header names, or of *");

/** Which pages of other origins may call the API, with the limits of API Gateway. */
export const corsSettings = z
  .strictObject({
    allowOrigins: listOf(ORIGIN, ORIGINS)
      .refine((origins) => origins.length === 1 || !origins.includes("*"), {
        error: 'use "*" alone, or the other origins without it',
      })
      .default(["*"])
      .describe("The origins of web pages that may call the API."),
    allowMethods: z
      .array(oneOf(HTTP_METHODS), { error: `use a list of ${HTTP_METHODS.join(", ")}` })
      .min(1, { error: "use at least one method" })
      .default(["GET", "POST", "PUT", "DELETE", "OPTIONS"])
      .describe("The methods that these pages may use."),
    allowHeaders: headerNames
      .default(["Content-Type", "X-Amz-Date", "Authorization", "X-Api-Key", "X-Amz-Security-Token"])
      .describe("The request headers that these pages may send."),
    exposeHeaders: headerNames.optional().meta({
      description:
        "The headers of an answer that these pages may read, such as `Retry-After` and `apigw-requestid`, besides the few that browsers show in any case.",
      unset: "none",
    }),
    allowCredentials: trueOrFalse
      .default(false)
      .describe("Whether a browser may send cookies with these pages' requests. This takes other origins than `*`."),
    maxAgeSeconds: wholeNumber(0, 86_400, "seconds")
      .default(86_400)
      .describe("How long a browser may keep the answer to a preflight."),
  })
  .refine(({ allowCredentials, allowOrigins }) => !allowCredentials || !allowOrigins.includes("*"), {
    path: ["allowCredentials"],
    error: "use false, or list the origins in allowOrigins instead of *",
  });

/** The lists whose `*` browsers take literally where they send credentials. */
export function listsWithLiteralStar(cors: z.output<typeof corsSettings>): string[] {
  if (!cors.allowCredentials) return [];
  return (["allowMethods", "allowHeaders", "exposeHeaders"] as const).filter((list) =>
    cors[list]?.some((name) => name === "*"),
  );
}
