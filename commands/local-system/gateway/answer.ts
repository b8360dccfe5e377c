import type { HttpResponse } from "./function-response";

/** An answer, with its variables for the access log. */
export interface Answer extends HttpResponse {
  readonly log?: Readonly<Record<string, string | number | undefined>>;
}

/** The API's own messages, by status. */
const MESSAGES = {
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  413: "Request Entity Too Large",
  429: "Too Many Requests",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

/** Makes an answer of the API itself. */
export function ownAnswer(status: keyof typeof MESSAGES, log: Answer["log"] = {}): Answer {
  const message = MESSAGES[status];
  return {
    status,
    headers: { "content-type": "application/json" },
    body: Buffer.from(JSON.stringify({ message })),
    log: { "error.message": message, ...log },
  };
}

/** Makes the answer for a failed integration. Only the access log has the reason. */
export function integrationFailed(integrationErrorMessage: string, log: Answer["log"] = {}): Answer {
  return ownAnswer(500, { ...log, integrationErrorMessage, "error.responseType": "INTEGRATION_FAILURE" });
}
