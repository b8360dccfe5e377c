import { readFileSync } from "node:fs";
import type { IamRequest } from "../../iam-policy";

const REGION = "us-west-2";
const ACCOUNT = "123456789012";

/** A call of AWS that the provider made. */
interface Call {
  /** The service's prefix in IAM. */
  readonly service: string;
  readonly operation: string;
  /** The URL's path and query. */
  readonly path: string;
  readonly body: string;
}

/** The services' prefixes in IAM, by their names in the provider's log, where these differ by more than case. */
const PREFIXES: Readonly<Record<string, string>> = {
  ApiGatewayV2: "apigateway",
  "Application Auto Scaling": "application-autoscaling",
  "CloudWatch Logs": "logs",
  EventBridge: "events",
  "Route 53": "route53",
};

/** The calls of AWS in a log of the provider's, at the level DEBUG, in their order. */
function callsIn(log: string): Call[] {
  const lines = readFileSync(log, "utf8").split("\n");
  const entries = lines.filter((line) => line.includes('"HTTP Request Sent"')).map((line) => JSON.parse(line));
  return entries.map((entry) => {
    const { pathname, search } = new URL(entry["http.url"]);
    const service: string = entry["rpc.service"];
    return {
      service: PREFIXES[service] ?? service.toLowerCase(),
      operation: entry["rpc.method"],
      path: pathname + search,
      // The log says of some lines that it cut them, and did not.
      body: String(entry["http.request.body"] ?? "")
        .replace(/^\[truncated\.\.\.\]/gm, "")
        .trim(),
    };
  });
}

/** What IAM asks for where its action has another name than the call. */
const S3_ACTIONS: Readonly<Record<string, string>> = {
  CompleteMultipartUpload: "PutObject",
  CreateMultipartUpload: "PutObject",
  DeleteBucketCors: "PutBucketCORS",
  DeleteBucketEncryption: "PutEncryptionConfiguration",
  DeleteBucketLifecycle: "PutLifecycleConfiguration",
  DeleteBucketOwnershipControls: "PutBucketOwnershipControls",
  DeleteBucketTagging: "PutBucketTagging",
  // With the versions' ids.
  DeleteObjects: "DeleteObjectVersion",
  DeletePublicAccessBlock: "PutBucketPublicAccessBlock",
  GetBucketAccelerateConfiguration: "GetAccelerateConfiguration",
  GetBucketCors: "GetBucketCORS",
  GetBucketEncryption: "GetEncryptionConfiguration",
  GetBucketLifecycleConfiguration: "GetLifecycleConfiguration",
  GetBucketNotificationConfiguration: "GetBucketNotification",
  GetBucketReplication: "GetReplicationConfiguration",
  GetObjectLockConfiguration: "GetBucketObjectLockConfiguration",
  GetPublicAccessBlock: "GetBucketPublicAccessBlock",
  HeadBucket: "ListBucket",
  HeadObject: "GetObject",
  ListObjectVersions: "ListBucketVersions",
  PutBucketEncryption: "PutEncryptionConfiguration",
  PutBucketLifecycleConfiguration: "PutLifecycleConfiguration",
  PutBucketNotificationConfiguration: "PutBucketNotification",
  PutPublicAccessBlock: "PutBucketPublicAccessBlock",
  UploadPart: "PutObject",
};

const HTTP_METHODS: Readonly<Record<string, string>> = {
  Create: "POST",
  Delete: "DELETE",
  Get: "GET",
  Tag: "POST",
  Untag: "DELETE",
  Update: "PATCH",
};

function actionOf({ service, operation }: Call): string {
  if (service === "s3") return `s3:${S3_ACTIONS[operation] ?? operation}`;
  if (service !== "apigateway") return `${service}:${operation}`;
  const [verb = ""] = /^[A-Z][a-z]+/.exec(operation) ?? [];
  return `apigateway:${HTTP_METHODS[verb]}`;
}

/** The tagging action that a creation with tags takes, where it is not TagResource. */
const TAGGING: Readonly<Record<string, string>> = {
  acm: "AddTagsToCertificate",
  firehose: "TagDeliveryStream",
  iam: "TagRole",
  sqs: "TagQueue",
};

/** Actions without resource level, and those that AWS checks without a resource. */
const WITHOUT_RESOURCE =
  /^(acm:RequestCertificate|application-autoscaling:Describe|cloudwatch:DescribeAlarms|dynamodb:ListTables|kms:(CreateKey|ListAliases|ListKeys)|lambda:CreateEventSourceMapping|logs:DescribeLogGroups|route53:ListHostedZones)/;

/**
 * What AWS asks IAM about the calls in a log.
 *
 * @param environmentTag the value of the tag `Environment` of all resources
 * @param keyAlias the alias of the only key
 * @param consumer the ARN of a function with event source mappings
 */
export function iamRequestsIn(log: string, environmentTag: string, keyAlias: string, consumer = ""): IamRequest[] {
  let aliases = [keyAlias];
  const boundaries: Record<string, string> = {};
  return callsIn(log).flatMap((call) => {
    const { service, operation } = call;
    const parameters = readParameters(call.body);
    const { RoleName = "", PermissionsBoundary } = parameters;
    if (operation === "CreateKey") aliases = [];
    if (PermissionsBoundary) boundaries[RoleName] = PermissionsBoundary;
    const boundary = boundaries[RoleName];
    const asked = requestsOf(call, parameters, {
      "aws:ResourceTag/Environment": environmentTag,
      ...(service === "kms" ? { "kms:ResourceAliases": aliases } : {}),
      "lambda:FunctionArn": consumer,
      ...(boundary ? { "iam:PermissionsBoundary": boundary } : {}),
    });
    if (operation === "CreateAlias") aliases = [keyAlias];
    if (operation === "DeleteAlias") aliases = [];
    // Everybody may ask who they are.
    return service === "sts" ? [] : asked;
  });
}

/** @param known what AWS tells IAM of a resource that is there already */
function requestsOf(call: Call, parameters: Parameters, known: IamRequest["context"] = {}): IamRequest[] {
  const { service, operation, body } = call;
  const requestTag =
    /Environment(?:"|<\/Key>)?(?::"|","(?:Tag)?Value":"|&Tags\.member\.\d+\.Value=|<Value>)([^"&<]+)/.exec(body)?.[1];
  const creates = requestTag !== undefined && /^(Create|Register|Request|Put)/.test(operation) && service !== "s3";
  const { "aws:ResourceTag/Environment": resourceTag, ...others } = known;
  const context = {
    ...(creates ? others : known),
    ...(requestTag ? { "aws:RequestTag/Environment": requestTag } : {}),
    ...(/^(Create|Update)Api$/.test(operation) && parameters.name
      ? { "apigateway:Request/ApiName": parameters.name }
      : {}),
    ...(operation === "ChangeResourceRecordSets" ? { [RECORD_NAMES]: recordNames(body) } : {}),
  };
  const action = actionOf(call);
  const resources = WITHOUT_RESOURCE.test(action) ? ["*"] : resourcesOf(call, parameters);
  const asked = resources.map((resource): IamRequest => ({ action, resource, context }));
  if (creates) asked.push(...taggingRequests(call, asked));
  const [role] = /arn:aws:iam::\d+:role\/[\w-]+/.exec(body) ?? [];
  if (role && service !== "iam" && service !== "kms") {
    const passed = { "iam:PassedToService": `${service}.amazonaws.com` };
    asked.push({ action: "iam:PassRole", resource: role, context: passed });
  }
  return asked;
}

const RECORD_NAMES = "route53:ChangeResourceRecordSetsNormalizedRecordNames";

/** As IAM has them: https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/specifying-rrset-conditions.html */
function recordNames(body: string): string[] {
  return [...body.matchAll(/<Name>([^<]+?)\.?<\/Name>/g)].map(([, name = ""]) => name.toLowerCase());
}

type Parameters = Readonly<Record<string, string | undefined>>;

/** The parameters at the first level of a JSON or form body. */
function readParameters(body: string): Parameters {
  if (body.startsWith("<")) return {};
  return body.startsWith("{") ? JSON.parse(body) : Object.fromEntries(new URLSearchParams(body));
}

/** The ARN of a resource that has none when its creation is asked for, of a call without one. */
const NEW: Readonly<Record<string, string>> = {
  acm: `arn:aws:acm:${REGION}:${ACCOUNT}:certificate/new`,
  kms: `arn:aws:kms:${REGION}:${ACCOUNT}:key/new`,
  lambda: `arn:aws:lambda:${REGION}:${ACCOUNT}:event-source-mapping:new`,
};

/** What AWS asks for besides a creation, because it has tags. */
function taggingRequests({ service }: Call, asked: readonly IamRequest[]): IamRequest[] {
  const tagging = asked.map((request) => ({
    ...request,
    action: `${service}:${TAGGING[service] ?? "TagResource"}`,
    resource: request.resource === "*" ? (NEW[service] ?? "*") : request.resource.replace(/:log-stream:$/, ""),
  }));
  // KMS refuses a key whose creator could not change its policy.
  if (service === "kms") return [...tagging, ...tagging.map((request) => ({ ...request, action: "kms:PutKeyPolicy" }))];
  if (service !== "apigateway") return tagging;
  const resource = "arn:aws:apigateway:us-west-2::/tags/arn%3Aaws%3Aapigateway%3Aus-west-2%3A%3A%2Fv2%2Fapis%2F*";
  return [...tagging, ...asked.map((request) => ({ ...request, resource }))];
}

/** What a call is about, as an ARN has it behind the account, by service. */
const RESOURCES: Readonly<Record<string, (parameters: Parameters, call: Call) => string | undefined>> = {
  "application-autoscaling": () => "scalable-target/0ec5",
  cloudwatch: ({ AlarmName, ...p }) => `alarm:${AlarmName ?? p["AlarmNames.member.1"]}`,
  codedeploy: ({ deploymentConfigName, applicationName, ...p }, { operation }) => {
    if (operation.endsWith("DeploymentConfig")) return `deploymentconfig:${deploymentConfigName}`;
    const group = p.deploymentGroupName ?? p.currentDeploymentGroupName;
    return group ? `deploymentgroup:${applicationName}/${group}` : `application:${applicationName}`;
  },
  dynamodb: ({ TableName }) => `table/${TableName}`,
  events: ({ Name, Rule = Name }) => `rule/${Rule}`,
  firehose: ({ DeliveryStreamName }) => `deliverystream/${DeliveryStreamName}`,
  iam: ({ RoleName }) => `role/${RoleName}`,
  kms: ({ TargetKeyId, KeyId = TargetKeyId }) => `key/${KeyId?.split("/").at(-1) ?? "of-the-alias"}`,
  route53: (_parameters, { path }) => /(?:hostedzone|change)\/\w+/.exec(path)?.[0],
  lambda: ({ FunctionName }, { path }) => {
    const [, qualifier] = /[?&]Qualifier=([^&]+)/.exec(path) ?? [];
    const decoded = decodeURIComponent(path);
    // The path of a call for tags has the ARN of the function or of the mapping.
    const [mapping] = /event-source-mapping(?:s\/|:)[\w-]+/.exec(decoded) ?? [];
    if (mapping) return mapping.replace("s/", ":");
    // The path of a call for a version has its ARN.
    const [, name = FunctionName] = /functions?[:/](?:arn:.*:function:)?([^/?:]+)/.exec(decoded) ?? [];
    return [`function:${name}`, ...(qualifier ? [qualifier] : [])].join(":");
  },
  logs: ({ logGroupName, logStreamName = "" }) => `log-group:${logGroupName}:log-stream:${logStreamName}`,
  s3: (_parameters, { operation, path }) =>
    `${/^\/([^?]+?)\/?(?:\?|$)/.exec(path)?.[1]}${operation === "DeleteObjects" ? "/*" : ""}`,
  // A subscription's ARN is its topic's with an id.
  sns: ({ SubscriptionArn, Name = SubscriptionArn?.split(":")[5] }) => Name,
  sqs: ({ QueueUrl, QueueName = QueueUrl?.split("/").at(-1) }) => QueueName,
};

/** The ARNs of what a call is about. */
function resourcesOf(call: Call, parameters: Parameters): string[] {
  const { service, path } = call;
  const { CertificateArn, ResourceARN, ResourceArn, resourceArn, TopicArn, AliasName } = parameters;
  const dashboard = parameters.DashboardName ?? parameters["DashboardNames.member.1"];
  const arn = ResourceARN ?? ResourceArn ?? resourceArn ?? TopicArn ?? CertificateArn;
  if (arn) return [arn];
  if (service === "apigateway")
    return [`arn:aws:apigateway:us-west-2::${path.replace(/^\/v2/, "").replace(/\?.*/, "").replace("%24", "$")}`];
  if (dashboard) return [`arn:aws:cloudwatch::${ACCOUNT}:dashboard/${dashboard}`];
  const where = { iam: `:${ACCOUNT}`, route53: ":", s3: ":" }[service] ?? `${REGION}:${ACCOUNT}`;
  const names = [AliasName, RESOURCES[service]?.(parameters, call)].filter((name) => name !== undefined);
  return names.map((name) => `arn:aws:${service}:${where}:${name}`);
}
