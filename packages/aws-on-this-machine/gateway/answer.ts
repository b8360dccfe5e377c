import type { HttpResponse } from "./function-response";

/** An answer, with its variables for the access log. */
export interface Answer extends HttpResponse {
  readonly log?: Readonly<Record<string, string | number | undefined>>;
  /** Why the API answers so, which on AWS no log says. */
  readonly reason?: string;
}

const MESSAGES = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  408: "Request Timeout",
  413: "Request Entity Too Large",
  417: "Expectation Failed",
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

export type OwnStatus = keyof typeof MESSAGES;

export function ownAnswer(status: OwnStatus, log: Answer["log"] = {}): Answer {
  const message = MESSAGES[status];
  return {
    status,
    headers: { "content-type": "application/json" },
    body: Buffer.from(JSON.stringify({ message })),
    log: { "error.message": message, ...log },
  };
}

/** The answer for a failed integration. Only the access log has the reason. */
export function integrationFailed(integrationErrorMessage: string, log: Answer["log"] = {}): Answer {
  return ownAnswer(500, { ...log, integrationErrorMessage, "error.responseType": "INTEGRATION_FAILURE" });
}
