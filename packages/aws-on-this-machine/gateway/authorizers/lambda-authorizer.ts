import type { Authorizer } from "@aws-sdk/client-apigatewayv2";
import { within } from "@local/command-line/process/awake";
import { parseJson } from "@local/command-line/text/json";
import { z } from "zod";
import { describeError, type FunctionError } from "../../function/function-process";
import { InvokeError } from "../../function/invocation";
import { invokedArn } from "../../inventory/apis";
import { oneOrMore, policyWith } from "../../inventory/policy";
import { matchesWildcard } from "../../system/wildcard";
import type { LambdaIntegrationProps } from "../lambda-integration";
import { makeEventV1 } from "../payload-v1";
import { type ApiRequest, makeEvent, type ServedAt } from "../request-event";
import type { RouteMatch } from "../route";
import { requestValue } from "../services/request-value";
import type { Authorization } from "./jwt-authorizer";

const context = z.record(z.string(), z.unknown()).nullish();
const simple = z.object({ isAuthorized: z.boolean(), context });
const withPolicy = z.object({
  principalId: z.string().optional(),
  policyDocument: policyWith({ Action: oneOrMore, Resource: oneOrMore }),
  context,
});

/** HTTP APIs' limit: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const TIMEOUT_MS = 10_000;

/** The fields of an integration's event that an authorizer does not get. */
const NOT_PASSED_ON = /^(body|isBase64Encoded|multiValue.*)$/;

/**
 * Asks a function whether a request may pass, as HTTP APIs do, but for each request anew.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
 */
export class LambdaAuthorizer {
  constructor(
    private readonly authorizer: Authorizer,
    private readonly props: LambdaIntegrationProps,
  ) {}

  async authorize(request: ApiRequest, match: RouteMatch, served: ServedAt): Promise<Authorization> {
    const { Name = "", AuthorizerUri = "", AuthorizerId, AuthorizerCredentialsArn } = this.authorizer;
    const { partition, region, accountId, api } = this.props.deployed;
    const sources = this.authorizer.IdentitySource ?? [];
    const identity = sources.map((source) => requestValue(source, { request, match, stage: served.stage }));
    const missing = sources.filter((_, index) => !identity[index]);
    if (missing.length > 0) return { status: 401, reason: `the request lacks ${missing.join(" and ")}` };

    const arn = `arn:${partition}:execute-api:${region}:${accountId}:${api.ApiId}`;
    const target = this.props.findFunction(invokedArn(AuthorizerUri) ?? "");
    if (!target) return failed(`${Name} names no function that runs here`);
    if (
      !AuthorizerCredentialsArn &&
      !target.mayBeInvokedBy("apigateway.amazonaws.com", `${arn}/authorizers/${AuthorizerId}`)
    ) {
      return failed(`the function's policy does not let the authorizer ${Name} invoke it`);
    }
    const routeArn = `${arn}/${served.stage.StageName}/${request.method}${request.path}`;
    const event = this.makeEvent(request, match, served, routeArn, identity as string[]);
    const asked = target.authorize(JSON.stringify(event), Name).catch(readRefusal);
    const outcome = await (this.props.hasTimeLimit === false ? asked : within(TIMEOUT_MS, asked));
    if (!outcome) return failed(`the authorizer ${Name} did not answer within ${TIMEOUT_MS / 1000} s`);
    if (!outcome.isError) return this.read(outcome.payload, routeArn);
    const error: FunctionError = JSON.parse(outcome.payload);
    if (error.errorMessage === "Unauthorized")
      return { status: 401, reason: "the authorizer's function raises Unauthorized" };
    return failed(describeError(error));
  }

  private makeEvent(
    request: ApiRequest,
    match: RouteMatch,
    served: ServedAt,
    routeArn: string,
    identity: readonly string[],
  ): object {
    const isFirst = this.authorizer.AuthorizerPayloadFormatVersion !== "2.0";
    const { version, ...event } = (isFirst ? makeEventV1 : makeEvent)(
      request,
      Buffer.alloc(0),
      served,
      match,
      undefined,
    ) as Record<string, unknown>;
    const passedOn = Object.entries(event).filter(([name]) => !NOT_PASSED_ON.test(name));
    const joined = identity.join(",");
    const own = isFirst
      ? { methodArn: routeArn, identitySource: joined, authorizationToken: joined }
      : { routeArn, identitySource: identity.length > 0 ? identity : null };
    return { version, type: "REQUEST", ...own, ...Object.fromEntries(passedOn) };
  }

  private read(payload: string, routeArn: string): Authorization {
    const result = parseJson(payload);
    if (this.authorizer.EnableSimpleResponses) {
      const { data } = simple.safeParse(result);
      if (!data) return failed("its result has no isAuthorized");
      return data.isAuthorized ? { context: { lambda: data.context ?? {} } } : FORBIDDEN;
    }
    const { data } = withPolicy.safeParse(result);
    if (!data) return failed("its result has no policyDocument");
    const effects = data.policyDocument.Statement.filter(
      ({ Action, Resource }) =>
        Action.some((each) => matchesWildcard(each.toLowerCase(), "execute-api:invoke")) &&
        Resource.some((each) => matchesWildcard(each, routeArn)),
    ).map(({ Effect }) => Effect);
    if (!effects.includes("Allow") || effects.includes("Deny")) return FORBIDDEN;
    return { context: { lambda: data.context ?? {}, principalId: data.principalId } };
  }
}

const FORBIDDEN: Authorization = { status: 403, reason: "the authorizer's function denies it" };

/** Lambda refuses an event, such as one beyond the function's limit of concurrent ones. */
function readRefusal(error: unknown) {
  if (!(error instanceof InvokeError)) throw error;
  return { isError: true, payload: JSON.stringify({ errorType: error.name, errorMessage: error.message }) };
}

function failed(reason: string): Authorization {
  return { status: 500, reason };
}
