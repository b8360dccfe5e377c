import type { TerraformPlan } from "@local/terraform/plan/plan-summary";
import { resourceName } from "../../../stacks/moved-from";

// biome-ignore lint/suspicious/noExplicitAny: Terraform JSON has no type of ours
type Json = any;

const ACCOUNT = "us-west-2:123456789012";
const byName = ({ name }: Json) => name;
const byBucket = ({ bucket }: Json) => bucket;

/** The ids that the provider makes from arguments. Without one here, AWS chooses the id. */
const IDS: Readonly<Record<string, (values: Json) => string>> = {
  aws_apigatewayv2_stage: byName,
  aws_appautoscaling_policy: byName,
  aws_appautoscaling_target: (values) => values.resource_id,
  aws_cloudwatch_dashboard: (values) => values.dashboard_name,
  aws_cloudwatch_event_rule: byName,
  aws_cloudwatch_event_target: (values) => `${values.rule}-${values.target_id}`,
  aws_cloudwatch_log_group: byName,
  aws_cloudwatch_log_stream: byName,
  aws_cloudwatch_metric_alarm: (values) => values.alarm_name,
  aws_dynamodb_table: byName,
  aws_iam_openid_connect_provider: ({ url }) =>
    `arn:aws:iam::123456789012:oidc-provider/${url.replace("https://", "")}`,
  aws_iam_policy: ({ name }) => `arn:aws:iam::123456789012:policy/${name}`,
  aws_iam_role: byName,
  aws_iam_role_policy: ({ role, name }) => `${role}:${name}`,
  aws_kinesis_firehose_delivery_stream: ({ name }) => `arn:aws:firehose:${ACCOUNT}:deliverystream/${name}`,
  aws_kms_alias: byName,
  aws_lambda_function: (values) => values.function_name,
  aws_lambda_function_event_invoke_config: (values) => values.function_name,
  aws_lambda_permission: (values) => values.statement_id,
  aws_s3_bucket: byBucket,
  aws_s3_bucket_lifecycle_configuration: byBucket,
  aws_s3_bucket_ownership_controls: byBucket,
  aws_s3_bucket_policy: byBucket,
  aws_s3_bucket_public_access_block: byBucket,
  aws_s3_bucket_server_side_encryption_configuration: byBucket,
  aws_s3_bucket_versioning: byBucket,
  aws_sns_topic: ({ name }) => `arn:aws:sns:${ACCOUNT}:${name}`,
  aws_sns_topic_policy: (values) => values.arn,
  aws_sqs_queue: ({ name }) => `https://sqs.us-west-2.amazonaws.com/123456789012/${name}`,
  aws_sqs_queue_policy: (values) => values.queue_url,
};

const ARNS: Readonly<Record<string, (values: Json) => string>> = {
  aws_apigatewayv2_stage: (values) => `arn:aws:apigateway:us-west-2::/apis/${values.api_id}/stages/${values.name}`,
  aws_appautoscaling_policy: (values) =>
    `arn:aws:autoscaling:${ACCOUNT}:scalingPolicy:86b8ab85:resource/dynamodb/${values.resource_id}:policyName/${values.name}`,
  aws_cloudwatch_metric_alarm: (values) => `arn:aws:cloudwatch:${ACCOUNT}:alarm:${values.alarm_name}`,
  aws_iam_role: ({ name }) => `arn:aws:iam::123456789012:role/${name}`,
};

const META = ["//", "depends_on", "lifecycle", "provider"];
const REFERENCE = /\$\{((?:data\.)?[\w-]+\.[\w-]+)\.([\w-]+)\}/g;

/** A stack as it is deployed, and as a plan sees it after a construct was renamed. */
export class DeployedStack {
  private readonly states = new Map<string, Json>();

  /** @param config the synthesized JSON */
  constructor(readonly config: Json) {}

  /** The paths of all constructs that hold resources, and of the resources, without the stack. */
  get paths(): string[] {
    const paths = this.addresses.map((address) => pathOf(this.of(address)));
    const above = paths.flatMap((path) => path.split("/").map((_id, index, ids) => ids.slice(0, index + 1).join("/")));
    return [...new Set(above)].sort();
  }

  get addresses(): string[] {
    return Object.entries<Json>(this.config.resource).flatMap(([type, all]) =>
      Object.keys(all).map((name) => `${type}.${name}`),
    );
  }

  /** The JSON as if the application had given a construct another path; and the former addresses by the new ones. */
  rename(from: string, to: string): { readonly config: Json; readonly moved: Map<string, string> } {
    const moved = new Map<string, string>();
    let text = JSON.stringify(this.config);
    const all = ["resource", "data"].flatMap((kind) =>
      Object.entries<Json>(this.config[kind] ?? {}).flatMap(([type, resources]) =>
        Object.entries<Json>(resources).map(([name, values]) => ({ kind, type, name, path: pathOf(values) })),
      ),
    );
    for (const { kind, type, name, path } of all.filter(({ path }) => `${path}/`.startsWith(`${from}/`))) {
      const ids = `${to}${path.slice(from.length)}`.split("/");
      const next = resourceName(ids);
      if (kind === "resource") moved.set(`${type}.${next}`, `${type}.${name}`);
      text = text.replaceAll(`"${name}":`, `"${next}":`).replaceAll(`${type}.${name}.`, `${type}.${next}.`);
      text = text.replaceAll(`/${path}"`, `/${ids.join("/")}"`);
    }
    return { config: JSON.parse(text), moved };
  }

  /** What `terraform show -json` says where this is deployed, and another configuration wanted. */
  plan(next: Json, change: (values: Json) => Json = (values) => values): TerraformPlan {
    const wanted = new DeployedStack(next);
    const isNew = (address: string) => !this.has(address);
    const entry = (address: string, actions: string[], before: Json, after: Json) => {
      const [type = ""] = address.split(".");
      return { address, mode: "managed", type, change: { actions, before, after } };
    };
    const deleted = this.addresses.filter((address) => !wanted.has(address));
    return {
      resource_changes: [
        ...deleted.map((address) => entry(address, ["delete"], this.deployed(address), null)),
        ...wanted.addresses.map((address) =>
          isNew(address)
            ? entry(address, ["create"], null, change(wanted.known(address, isNew, this)))
            : entry(address, ["no-op"], this.deployed(address), this.deployed(address)),
        ),
      ],
    };
  }

  private has(address: string): boolean {
    const [type = "", name = ""] = address.split(".");
    return this.config.resource[type]?.[name] !== undefined;
  }

  private of(address: string): Json {
    const [type = "", name = ""] = address.split(".");
    return this.config.resource[type][name];
  }

  /** The attributes in the state. */
  private deployed(address: string): Json {
    const known = this.states.get(address) ?? this.state(address);
    this.states.set(address, known);
    return known;
  }

  private state(address: string): Json {
    const [type = ""] = address.split(".");
    const values = this.arguments(address, (parent, attribute) => this.attribute(parent, attribute));
    const id = IDS[type]?.(values) ?? `${address.length}${resourceName([address]).slice(-8)}`;
    const arn = ARNS[type] ? { arn: ARNS[type](values) } : {};
    const referenced = [...JSON.stringify(this.config).matchAll(REFERENCE)].flatMap(([, parent, name = ""]) =>
      parent === address ? [[name, name === "url" || id.startsWith("arn:") ? id : `${name} of ${id}`]] : [],
    );
    return { qualifier: null, ...Object.fromEntries(referenced), ...arn, ...values, id };
  }

  private attribute(address: string, name: string): string {
    return address.startsWith("data.") ? "{}" : this.deployed(address)[name];
  }

  /** The arguments that a plan knows of a new resource: not what AWS chooses for another new one. */
  private known(address: string, isNew: (address: string) => boolean, state: DeployedStack): Json {
    const values = this.arguments(address, (parent, name) => {
      if (parent.startsWith("data.")) return undefined;
      if (!isNew(parent)) return state.attribute(parent, name);
      return this.known(parent, isNew, state)[name];
    });
    return JSON.parse(JSON.stringify(values));
  }

  private arguments(address: string, attribute: (address: string, name: string) => string | undefined): Json {
    const all = Object.entries(this.of(address)).filter(([name]) => !META.includes(name));
    return Object.fromEntries(all.map(([name, value]) => [name, resolve(value, attribute)]));
  }
}

function resolve(value: Json, attribute: (address: string, name: string) => string | undefined): Json {
  if (typeof value !== "string") return value;
  const text = value.replace(REFERENCE, (reference, address, name) => attribute(address, name) ?? reference);
  return text.includes("${") ? undefined : text;
}

function pathOf(values: Json): string {
  return values["//"].metadata.path.split("/").slice(1).join("/");
}
