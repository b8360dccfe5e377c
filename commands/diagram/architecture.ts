import { UserError } from "../cli/user-error";

type ResourcesByType = Readonly<Record<string, Readonly<Record<string, object>>>>;

/** Terraform's JSON configuration, as far as the architecture is read from it. */
export interface Configuration {
  readonly resource?: ResourcesByType;
  readonly data?: ResourcesByType;
}

/** What a resource is there for; it decides the colour. */
export type Category = "client" | "entry" | "compute" | "store" | "event" | "watch";

export interface ArchitectureNode {
  /** The resource's Terraform address; the name of a group. */
  readonly id: string;
  /** The Terraform types of the resources that it stands for. */
  readonly types: readonly string[];
  readonly category: Category;
  /** What it is on AWS, such as `Lambda function`. */
  readonly service: string;
  /** What it is called there; `…` stands for what only a deployment tells. */
  readonly name?: string;
  readonly detail?: string;
}

export interface ArchitectureEdge {
  /** Ids of nodes. */
  readonly from: string;
  readonly to: string;
  /** What goes this way. */
  readonly label: string;
  readonly kind?: EdgeKind;
}

export type EdgeKind = "failure" | "metrics";

/** What is deployed and how it is connected. */
export interface Architecture {
  readonly nodes: readonly ArchitectureNode[];
  readonly edges: readonly ArchitectureEdge[];
}

/** How the resources of a type are shown. */
interface Shown {
  readonly category: Category;
  /** What one of them is. */
  readonly service: string;
  /** The attribute that holds the physical name. @default name */
  readonly name?: string;
  /** An attribute that is worth a line of its own. */
  readonly detail?: string;
  /** The one node that stands for all of them and for the others of this group. @default a node for each */
  readonly group?: string;
}

const SHOWN: Readonly<Record<string, Shown>> = {
  aws_apigatewayv2_api: { service: "API Gateway", category: "entry" },
  aws_apigatewayv2_authorizer: {
    service: "API Gateway authorizer",
    category: "entry",
    name: "jwt_configuration.issuer",
  },
  aws_cloudwatch_dashboard: { service: "dashboard", group: "CloudWatch", category: "watch" },
  aws_cloudwatch_event_rule: { service: "EventBridge rule", category: "event", detail: "schedule_expression" },
  aws_cloudwatch_log_group: { service: "CloudWatch log group", category: "watch" },
  aws_cloudwatch_metric_alarm: { service: "alarm", group: "CloudWatch", category: "watch" },
  aws_dynamodb_table: { service: "DynamoDB table", category: "store" },
  aws_kinesis_firehose_delivery_stream: { service: "Firehose stream", category: "compute" },
  aws_lambda_function: {
    service: "Lambda function",
    category: "compute",
    name: "function_name",
    detail: "runtime",
  },
  aws_s3_bucket: { service: "S3 bucket", category: "store", name: "bucket" },
  aws_sns_topic: { service: "SNS topic", category: "watch" },
  aws_sns_topic_subscription: { service: "SNS subscription", category: "watch", name: "protocol" },
  aws_sqs_queue: { service: "SQS queue", category: "event" },
};

const CLIENT: ArchitectureNode = { id: "client", types: [], category: "client", service: "Client" };

/** The ends of an edge that are not named by an attribute: whoever is outside, and the linking resource itself. */
const FROM_OUTSIDE = Symbol("outside");
const ITSELF = "";

/** An edge between what two attributes of a resource refer to. */
interface Link {
  readonly from: string | typeof FROM_OUTSIDE;
  readonly to: string;
  readonly label: string;
  readonly kind?: EdgeKind;
}

const LINKS: Readonly<Record<string, readonly Link[]>> = {
  aws_apigatewayv2_api: [{ from: FROM_OUTSIDE, to: ITSELF, label: "HTTPS" }],
  aws_apigatewayv2_authorizer: [{ from: "api_id", to: ITSELF, label: "tokens" }],
  aws_apigatewayv2_integration: [{ from: "api_id", to: "integration_uri", label: "requests" }],
  aws_apigatewayv2_stage: [{ from: "api_id", to: "access_log_settings.destination_arn", label: "access log" }],
  aws_cloudwatch_dashboard: [{ from: "dashboard_body", to: ITSELF, label: "metrics", kind: "metrics" }],
  aws_cloudwatch_event_target: [
    { from: "rule", to: "arn", label: "events" },
    { from: "rule", to: "dead_letter_config.arn", label: "undelivered events", kind: "failure" },
  ],
  aws_cloudwatch_log_subscription_filter: [{ from: "log_group_name", to: "destination_arn", label: "log lines" }],
  aws_cloudwatch_metric_alarm: [
    { from: "dimensions", to: ITSELF, label: "metrics", kind: "metrics" },
    { from: "metric_query.metric.dimensions", to: ITSELF, label: "metrics", kind: "metrics" },
    { from: ITSELF, to: "alarm_actions", label: "alarms" },
  ],
  aws_kinesis_firehose_delivery_stream: [
    { from: ITSELF, to: "extended_s3_configuration.bucket_arn", label: "objects" },
    { from: ITSELF, to: "extended_s3_configuration.cloudwatch_logging_options", label: "errors", kind: "failure" },
  ],
  aws_lambda_function: [
    { from: ITSELF, to: "environment.variables", label: "uses" },
    { from: ITSELF, to: "logging_config.log_group", label: "log" },
  ],
  aws_lambda_function_event_invoke_config: [
    {
      from: "function_name",
      to: "destination_config.on_failure.destination",
      label: "failed events",
      kind: "failure",
    },
  ],
  aws_sns_topic_subscription: [{ from: "topic_arn", to: ITSELF, label: "messages" }],
};

/** What only makes the rest work: permissions, settings of something else, and what merely links. */
const PLUMBING: ReadonlySet<string> = new Set([
  "aws_apigatewayv2_integration",
  "aws_apigatewayv2_route",
  "aws_apigatewayv2_stage",
  "aws_appautoscaling_policy",
  "aws_appautoscaling_target",
  "aws_cloudwatch_event_target",
  "aws_cloudwatch_log_stream",
  "aws_cloudwatch_log_subscription_filter",
  "aws_iam_role",
  "aws_iam_role_policy",
  "aws_kms_alias",
  "aws_kms_key",
  "aws_lambda_function_event_invoke_config",
  "aws_lambda_permission",
  "aws_s3_bucket_lifecycle_configuration",
  "aws_s3_bucket_ownership_controls",
  "aws_s3_bucket_policy",
  "aws_s3_bucket_public_access_block",
  "aws_s3_bucket_server_side_encryption_configuration",
  "aws_s3_bucket_versioning",
  "aws_sns_topic_policy",
  "aws_sqs_queue_policy",
  "data.archive_file",
  "data.aws_caller_identity",
  "data.aws_iam_policy_document",
]);

interface Resource {
  readonly type: string;
  readonly address: string;
  readonly attributes: object;
}

/**
 * Reads the architecture of a synthesized stack: its nodes are resources, its edges are references between them.
 *
 * @throws UserError where it holds a type of which is not known whether to show it
 */
export function readArchitecture({ resource = {}, data = {} }: Configuration): Architecture {
  requireKnownTypes([...Object.keys(resource), ...Object.keys(data).map((type) => `data.${type}`)]);
  const resources = Object.entries(resource).flatMap(([type, byName]) =>
    Object.entries(byName).map(([name, attributes]) => ({ type, address: `${type}.${name}`, attributes })),
  );
  const shown = resources.filter(({ type }) => SHOWN[type]);
  const ids = new Set(shown.map(({ address }) => nodeId(address)));
  const edges = new Map<string, ArchitectureEdge>();
  for (const { type, address, attributes } of resources) {
    const endsAt = (path: Link["from"]) => {
      if (path === FROM_OUTSIDE) return [CLIENT.id];
      const addresses = path === ITSELF ? [address] : valuesAt(attributes, path).flatMap(references);
      return addresses.map(nodeId).filter((id) => ids.has(id));
    };
    for (const { from, to, ...rest } of LINKS[type] ?? []) {
      for (const start of endsAt(from)) {
        for (const end of endsAt(to)) {
          edges.set(JSON.stringify([start, end, rest.label]), { from: start, to: end, ...rest });
        }
      }
    }
  }
  const nodes = [...ids].map((id) => nodeOf(id, shown));
  const isCalled = [...edges.values()].some(({ from }) => from === CLIENT.id);
  return { nodes: isCalled ? [...nodes, CLIENT] : nodes, edges: [...edges.values()] };
}

function requireKnownTypes(types: readonly string[]): void {
  const unknown = types.filter((type) => !Object.hasOwn(SHOWN, type) && !PLUMBING.has(type));
  if (unknown.length > 0) {
    throw new UserError(
      `The architecture diagram does not know ${unknown.join(", ")}: add it to SHOWN or PLUMBING in commands/diagram/architecture.ts`,
    );
  }
}

function nodeId(address: string): string {
  const [type = ""] = address.split(".");
  return SHOWN[type]?.group ?? address;
}

/** The node of a resource, or of a group of them. */
function nodeOf(id: string, shown: readonly Resource[]): ArchitectureNode {
  const members = shown.filter(({ address }) => nodeId(address) === id);
  const [{ type, attributes }] = members as [Resource];
  const { category, service, group, name = "name", detail } = SHOWN[type] as Shown;
  const types = [...new Set(members.map((member) => member.type))];
  if (group) return { id, types, category, service: group, name: types.map((each) => count(each, members)).join(", ") };
  return {
    id,
    types,
    category,
    service,
    name: textAt(attributes, name),
    detail: detail && textAt(attributes, detail),
  };
}

/** Such as `6 alarms`. */
function count(type: string, resources: readonly Resource[]): string {
  const { length } = resources.filter((resource) => resource.type === type);
  return `${length} ${SHOWN[type]?.service}${length === 1 ? "" : "s"}`;
}

/** The values at a path of attribute names; a block may be one or a list of them. */
function valuesAt(attributes: object, path: string): unknown[] {
  return path
    .split(".")
    .reduce<unknown[]>(
      (values, key) =>
        values.flat().flatMap((value) => (value as Record<string, unknown> | null | undefined)?.[key] ?? []),
      [attributes],
    );
}

function textAt(attributes: object, path: string): string | undefined {
  const [value] = valuesAt(attributes, path);
  if (typeof value !== "string") return undefined;
  const text = value.replace(/\$\{[^}]*\}/g, "…");
  return text === "…" ? undefined : text;
}

/** The addresses of all that a value refers to, however deep. */
function references(value: unknown): string[] {
  if (typeof value === "object" && value !== null) return Object.values(value).flatMap(references);
  if (typeof value !== "string" || !value.includes("${")) return [];
  return [...value.matchAll(/(?<![\w.-])[a-z]\w*\.[\w-]+(?=\.)/g)].map(([address]) => address);
}
