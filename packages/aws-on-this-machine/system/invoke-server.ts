import { randomUUID } from "node:crypto";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { close, listen, readBody, serverUrl } from "@local/command-line/server";
import { MAX_EVENT_BYTES } from "../function/function-runtime";
import { InvokeError, STATUS_OF_REFUSAL } from "../function/invocation";
import type { FunctionRuns, Origin } from "../runs/function-runs";
import type { RunSource } from "../runs/run";
import type { InvokedFunction } from "./functions/served-function";

/** The emulator's path for the process that runs functions. */
const PATH = "/_emulator/functions";

/** The services with a source of their own. */
const SOURCES: Readonly<Record<string, RunSource>> = {
  "sns.amazonaws.com": "topic",
  "s3.amazonaws.com": "bucket",
  "events.amazonaws.com": "event",
};

/** They invoke with a role of their own, and ask no policy. */
const WITH_ROLES: readonly string[] = ["states.amazonaws.com", "firehose.amazonaws.com"];

const QUERY = ["arn", "type", "service", "source", "alias", "version"];

/** The end of a log that an answer has, in bytes. */
const LOG_TAIL = 4096;

export interface WatchedObject {
  readonly bucket: string;
  readonly key: string;
  /** Called after each write of the object. */
  readonly onWrite: () => void;
}

export interface InvokeServerProps {
  readonly endpoint: string;
  readonly functionRuns: FunctionRuns;
  /** Finds a function by its ARN, and by the version that its alias has chosen. */
  readonly findFunction: (arn: string, version?: string) => InvokedFunction | undefined;
  /** Called before the emulator answers the request that has changed an alias of a function. */
  readonly onAliasChange: (functionArn: string) => Promise<void>;
  /** An S3 object whose writes the emulator tells. */
  readonly watched?: WatchedObject;
}

/** Answers the emulator, whose Lambda hands its invocations to this process. */
export class InvokeServer {
  private constructor(
    private readonly server: Server,
    private readonly props: InvokeServerProps,
  ) {}

  /** Starts the server, and tells the emulator its address. Other emulators do not take it, and invoke nothing here. */
  static async start(props: InvokeServerProps): Promise<InvokeServer> {
    const server = await listen(0, "--port");
    // Pages in a browser cannot guess it.
    const path = `/${randomUUID()}`;
    const own = new InvokeServer(server, props);
    server.on("request", (request, response) => {
      // Not every path is one of a URL: `//` has no host.
      const [asked, query] = (request.url ?? "").split("?");
      if (asked !== path) return response.writeHead(404).end();
      void own.answer(request, new URLSearchParams(query), response);
      return undefined;
    });
    const { bucket, key } = props.watched ?? {};
    const watched = props.watched && `${bucket}/${key}`;
    const body = JSON.stringify({ url: serverUrl(server) + path, watched });
    await fetch(props.endpoint + PATH, { method: "PUT", body }).catch(() => {});
    return own;
  }

  async stop(): Promise<void> {
    await fetch(this.props.endpoint + PATH, { method: "DELETE" }).catch(() => {});
    await close(this.server);
  }

  private async answer(request: IncomingMessage, query: URLSearchParams, response: ServerResponse): Promise<void> {
    const body = await readBody(request, MAX_EVENT_BYTES + 1);
    if (body === "incomplete") return;
    const [arn = "", type, service = "", source = "", alias = "", version = "$LATEST"] = QUERY.map(
      (name) => query.get(name) ?? undefined,
    );
    const fn = this.props.findFunction(`${arn}:${alias || version}`, version);
    try {
      if (type === "AliasChange" || type === "ObjectWrite") {
        if (type === "AliasChange") await this.props.onAliasChange(arn);
        else this.props.watched?.onWrite();
        response.writeHead(204).end();
        return;
      }
      if (body === "too large") throw new InvokeError("RequestTooLargeException", "The event is too large.");
      if (!fn) throw new InvokeError("ResourceNotFoundException", `${arn} does not run on this machine.`);
      const event = body.toString() || "{}";
      if (type === "DryRun") response.writeHead(204).end();
      else if (type === "Event") {
        this.props.functionRuns.invokeLater(fn, event, originOf(fn, service, source));
        response.writeHead(202).end();
      } else await this.invoke(fn, event, originOf(fn, service, source), version, response);
    } catch (error) {
      refuse(error as Error, response);
    }
  }

  private async invoke(
    fn: InvokedFunction,
    event: string,
    origin: Origin,
    version: string,
    response: ServerResponse,
  ): Promise<void> {
    const { functionRuns } = this.props;
    const { runId, isError, result } = await functionRuns.invoke(fn, event, origin);
    const tail = Buffer.from(functionRuns.logOf(runId)).subarray(-LOG_TAIL).toString("base64");
    response.writeHead(200, {
      "content-type": "application/json",
      "x-amz-executed-version": version,
      "x-amz-log-result": tail,
      ...(isError ? { "x-amz-function-error": "Unhandled" } : {}),
    });
    response.end(result);
  }
}

function originOf(fn: InvokedFunction, service: string, sourceArn: string): Origin {
  if (!service) return { source: "invocation", path: fn.name };
  // A topic, bucket or rule has its name at the end of its ARN, and a log group a star behind it.
  const path = sourceArn.replace(/:\*$/, "").split(/[:/]/).at(-1) || service;
  const isAllowed = WITH_ROLES.includes(service) || fn.mayBeInvokedBy(service, sourceArn);
  const refusal = isAllowed ? undefined : `The function's policy does not let ${path} invoke it`;
  return { source: SOURCES[service] ?? "service", path, refusal };
}

function refuse(error: Error, response: ServerResponse): void {
  const type = error instanceof InvokeError ? error.name : "ServiceException";
  const status = STATUS_OF_REFUSAL[type];
  response.writeHead(status, { "content-type": "application/json", "x-amzn-errortype": type });
  response.end(JSON.stringify({ Type: status < 500 ? "User" : "Service", message: error.message }));
}
