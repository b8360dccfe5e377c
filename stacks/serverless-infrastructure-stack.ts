import { type TerraformElement, TerraformOutput, TerraformStack } from "cdktf";
import { Construct, type Node } from "constructs";
import { addressOf } from "../constructs/address";
import { CustomDomain } from "../constructs/api/custom-domain";
import { HttpApi } from "../constructs/api/http-api";
import { DeadLetterQueue } from "../constructs/events/dead-letter-queue";
import { Schedule } from "../constructs/events/schedule";
import { PythonFunction } from "../constructs/function/python-function";
import { Monitoring } from "../constructs/monitoring/monitoring";
import { RequestLogArchive } from "../constructs/request-log-archive";
import { Table } from "../constructs/storage/table";
import type { Settings } from "../settings/settings";
import { only } from "./known-settings";
import { resourceName } from "./moved-from";
import { systemNames } from "./names";
import { prepareSystem } from "./prepare-system";
import { partitionOf } from "./regions";

/** The system: an HTTP API and a schedule invoke one function, which stores requests and scheduled events. */
export class ServerlessInfrastructureStack extends TerraformStack {
  readonly logArchive: RequestLogArchive;
  readonly monitoring: Monitoring;

  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id);
    const { accountId, protectFromDeletion } = prepareSystem(this, settings);
    const names = systemNames(settings);

    const table = new Table(this, "table", {
      tableName: names.table,
      partitionKey: "RequestId",
      sortKey: "Timestamp",
      ttlAttribute: settings.table.ttlAttribute,
    });
    const deadLetterQueue = new DeadLetterQueue(this, "dead-letter-queue", { queueName: names.deadLetterQueue });
    const processor = new PythonFunction(this, "processor", {
      ...names.function,
      source: "lambda-src",
      environment: { DYNAMODB_TABLE_NAME: table.table.name },
      deadLetterQueue,
    });
    // The function only stores items.
    table.grant(processor, "store", ["PutItem"]);

    const { domain, disableDefaultEndpoint, ...apiSettings } = settings.api;
    const api = new HttpApi(this, "api", { ...names.api, ...only(HttpApi, apiSettings) });
    api.route("$default", processor);
    this.logArchive = new RequestLogArchive(this, "log-archive", {
      bucketName: names.logBucket(accountId),
      ...names.logArchive,
      ...partitionOf(settings.region),
      accountId,
      errorLogRetentionDays: settings.api.accessLogRetentionDays,
      protectFromDeletion,
      ...only(RequestLogArchive, settings.logArchive),
    });
    this.logArchive.subscribe(api.accessLogGroup);

    const schedule = new Schedule(this, "schedule", { ruleName: names.rule, ...only(Schedule, settings.schedule) });
    schedule.invoke(processor);

    const { email, topicArn, ...thresholds } = settings.alarms;
    const { alarmNames, dashboardName, ...topic } = names.monitoring;
    this.monitoring = new Monitoring(this, "monitoring", {
      ...topic,
      ...partitionOf(settings.region),
      dashboardName: settings.dashboard ? dashboardName : undefined,
      accountId,
      thresholds,
      emails: email === undefined ? [] : [email].flat(),
      topicArn,
    });
    this.monitoring.watch(api, { label: "API", alarmNames });
    this.monitoring.watch(processor, { label: "Function", alarmNames });
    // The function does not read.
    this.monitoring.watch(table, { label: "Table", alarmNames, thresholds: { tableReadThrottles: undefined } });
    this.monitoring.watch(deadLetterQueue, { label: "Dead-letter queue", alarmNames });

    const url = domain ? this.addDomain(api, domain, disableDefaultEndpoint) : api.api.apiEndpoint;
    this.output("api_endpoint", url, "The API's URL.");
    this.output("lambda_function_name", processor.function.functionName, "The function that processes requests.");
    this.output("dynamodb_table_name", table.table.name, "The table of stored requests.");
    this.output("s3_bucket_name", this.logArchive.storage.bucket.id, "The bucket that keeps the API's access log.");
    this.output("dashboard_url", this.monitoring.dashboardUrl, "The dashboard of the API, the function and the table.");
  }

  /** Returns the API's URL. */
  private addDomain(
    api: HttpApi,
    { basePath, ...settings }: NonNullable<Settings["api"]["domain"]>,
    disableDefaultEndpoint: boolean | undefined,
  ): string {
    const domain = new CustomDomain(this, "domain", only(CustomDomain, settings));
    this.monitoring.watch(domain, { label: "API's domain" });
    this.output("domain_record", domain.recordElsewhere, "The record to create in the domain's DNS.");
    return domain.map(api, { basePath, disableDefaultEndpoint });
  }

  private output(id: string, value: string | undefined, description: string): void {
    if (value !== undefined) new TerraformOutput(this, id, { value, description });
  }

  protected override allocateLogicalId(element: TerraformElement | Node): string {
    return element instanceof Construct
      ? resourceName(addressOf(element).split("/"))
      : super.allocateLogicalId(element);
  }
}
