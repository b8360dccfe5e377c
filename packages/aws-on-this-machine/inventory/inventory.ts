import { DescribeAlarmsCommand, type MetricAlarm } from "@aws-sdk/client-cloudwatch";
import type { Aws } from "@local/terraform/aws";
import { type DeployedApi, type Place, readApi, whyUnserved } from "./apis";
import { type DeployedDomain, readDomain } from "./domains";
import { type EventSourceResource, readEventSource } from "./event-sources";
import { type FunctionResource, readFunctionResource } from "./functions";
import { type QueueResource, readQueue } from "./queues";
import { type ResourceRef, UnservedError } from "./resource-ref";
import { readRule, readScheduleOfScheduler, type ScheduleResource } from "./schedules/schedules";
import { readTable, type TableResource } from "./tables";
import { readFunctionUrl } from "./urls/function-url";

/** The deployed resources that this machine serves or shows. */
export interface Inventory {
  readonly functions: readonly FunctionResource[];
  readonly apis: readonly DeployedApi[];
  readonly domains: readonly DeployedDomain[];
  readonly schedules: readonly ScheduleResource[];
  readonly eventSources: readonly EventSourceResource[];
  readonly queues: readonly QueueResource[];
  readonly tables: readonly TableResource[];
  readonly alarms: readonly MetricAlarm[];
  readonly unserved: readonly { readonly address: string; readonly reason: string }[];
}

/** Before the first look. */
export const NO_RESOURCES: Inventory = {
  functions: [],
  apis: [],
  domains: [],
  schedules: [],
  eventSources: [],
  queues: [],
  tables: [],
  alarms: [],
  unserved: [],
};

/** Types that could be expected to run here, and the reason why they do not. */
const UNSERVED: Readonly<Record<string, string>> = {
  aws_api_gateway_rest_api: "REST APIs do not run here; an HTTP API (aws_apigatewayv2_api) does",
  aws_alb: "load balancers do not run here; an HTTP API does",
  aws_appsync_graphql_api: "GraphQL APIs do not run here; an HTTP API does",
  aws_cloudfront_distribution: "CloudFront does not run here; its origin answers by itself",
  aws_db_instance: "databases of RDS do not run here; DynamoDB does",
  aws_ecs_service: "containers do not run here; a function does",
  aws_ecs_task_definition: "containers do not run here; a function does",
  aws_glue_job: "Glue jobs do not run here; a function does",
  aws_instance: "EC2 instances do not run here; a function does",
  aws_iot_topic_rule: "IoT rules do not run here; EventBridge's do",
  aws_lb: "load balancers do not run here; an HTTP API does",
  aws_pipes_pipe: "EventBridge Pipes do not run here; an event source mapping does",
  aws_rds_cluster: "databases of RDS do not run here; DynamoDB does",
  aws_s3control_object_lambda_access_point: "S3 Object Lambda does not run here",
  aws_vpclattice_service: "VPC Lattice does not run here; an HTTP API does",
};

/** DescribeAlarms' maximum: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html */
const MAX_ALARMS = 100;

/** Reads the deployed resources from AWS or an emulator. Resources that have gone meanwhile are left out. */
export async function readInventory(aws: Aws, refs: readonly ResourceRef[], place: Place): Promise<Inventory> {
  const unserved: { address: string; reason: string }[] = [];
  const all = async <T>(type: string, read: (ref: ResourceRef) => Promise<T | undefined>): Promise<T[]> => {
    const found = refs
      .filter((ref) => ref.type === type)
      .map((ref) =>
        read(ref).catch((error: Error) => {
          if (error instanceof UnservedError) unserved.push({ address: ref.address, reason: error.message });
          else if (!/NotFound|NoSuch|NonExistent|DoesNotExist/.test(error.name)) throw error;
          return undefined;
        }),
      );
    return (await Promise.all(found)).filter((each) => each !== undefined);
  };
  const [functions, httpApis, functionUrls, domains, rules, schedules, eventSources, queues, tables, alarms] =
    await Promise.all([
      all("aws_lambda_function", (ref) => readFunctionResource(aws.lambda, ref)),
      all("aws_apigatewayv2_api", (ref) => readApi(aws, ref, place)),
      all("aws_lambda_function_url", (ref) => readFunctionUrl(aws.lambda, ref, place)),
      all("aws_apigatewayv2_domain_name", (ref) => readDomain(aws, ref)),
      all("aws_cloudwatch_event_rule", (ref) => readRule(aws.events, ref)),
      all("aws_scheduler_schedule", (ref) => readScheduleOfScheduler(aws.scheduler, ref)),
      all("aws_lambda_event_source_mapping", (ref) => readEventSource(aws.lambda, ref)),
      all("aws_sqs_queue", (ref) => readQueue(aws.sqs, ref)),
      all("aws_dynamodb_table", (ref) => readTable(aws.dynamodb, ref)),
      readAlarms(aws, refs),
    ]);
  const apis = [...httpApis, ...functionUrls];
  for (const { address, type } of refs) {
    const reason = UNSERVED[type];
    if (reason) unserved.push({ address, reason });
  }
  unserved.push(...apis.flatMap((api) => unservedRoutes(api, refs)));
  const served = {
    functions,
    apis,
    domains,
    schedules: [...rules, ...schedules],
    eventSources,
    queues,
    tables,
    alarms,
  };
  return { ...served, unserved };
}

/** The routes that AWS would serve, and that are answered 500 here. */
function unservedRoutes(api: DeployedApi, refs: readonly ResourceRef[]): Inventory["unserved"] {
  return api.routes.flatMap((route) => {
    const why = whyUnserved(route, api);
    if (!why) return [];
    const ref = refs.find(({ type, id }) => type === "aws_apigatewayv2_route" && id === route.RouteId);
    // The API's own `target` or `body` makes routes without an address.
    const address = ref?.address ?? `${api.address} ${route.RouteKey}`;
    return { address, reason: `${route.RouteKey} of ${api.api.Name} is answered 500, because ${why}` };
  });
}

async function readAlarms({ cloudwatch }: Aws, refs: readonly ResourceRef[]): Promise<MetricAlarm[]> {
  const names = refs.filter(({ type }) => type === "aws_cloudwatch_metric_alarm").map(({ id }) => id);
  const pages: Promise<MetricAlarm[]>[] = [];
  // Without names, CloudWatch lists the alarms of the whole account.
  for (let start = 0; start < names.length; start += MAX_ALARMS) {
    const AlarmNames = names.slice(start, start + MAX_ALARMS);
    const page = cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames, MaxRecords: MAX_ALARMS }));
    pages.push(page.then(({ MetricAlarms = [] }) => MetricAlarms));
  }
  return (await Promise.all(pages)).flat();
}
