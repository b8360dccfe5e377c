import { resolve } from "node:path";
import { TerraformOutput, TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import { DeadLetterQueue } from "../constructs/dead-letter-queue";
import { HttpApi } from "../constructs/http-api";
import { Monitoring } from "../constructs/monitoring/monitoring";
import { RequestFunction } from "../constructs/request-function";
import { RequestLogArchive } from "../constructs/request-log-archive";
import { RequestTable } from "../constructs/request-table";
import { Schedule } from "../constructs/schedule";
import type { Settings } from "../settings/settings";
import { only } from "./known-settings";
import { systemNames } from "./names";
import { partitionOf } from "./regions";
import { accountId, configureTerraform, keepStateInBucket, useArchiveProvider } from "./terraform-configuration";

/** The system: an HTTP API and a schedule invoke one function, which stores requests and scheduled events. */
export class ServerlessInfrastructureStack extends TerraformStack {
  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id);
    configureTerraform(this, settings);
    useArchiveProvider(this);
    keepStateInBucket(this, settings, settings.state.key);

    const names = systemNames(settings);
    const account = accountId(this, settings);

    const table = new RequestTable(this, "table", {
      tableName: names.table,
      protectFromDeletion: settings.dataProtection,
      ...only(RequestTable, settings.table),
    });
    const deadLetterQueue = new DeadLetterQueue(this, "dead-letter-queue", { queueName: names.deadLetterQueue });
    const processor = new RequestFunction(this, "processor", {
      ...names.function,
      sourcePath: resolve("lambda-src"),
      environment: { DYNAMODB_TABLE_NAME: table.table.name },
      deadLetterQueue,
      ...only(RequestFunction, settings.function),
    });
    table.grantWrite(processor.role);

    const api = new HttpApi(this, "api", { ...names.api, handler: processor.function, ...only(HttpApi, settings.api) });
    const logArchive = new RequestLogArchive(this, "log-archive", {
      bucketName: names.logBucket(account),
      ...names.logArchive,
      ...partitionOf(settings.region),
      accountId: account,
      errorLogRetentionDays: settings.api.accessLogRetentionDays,
      protectFromDeletion: settings.dataProtection,
      ...only(RequestLogArchive, settings.logArchive),
    });
    logArchive.subscribe(api.accessLogGroup);

    new Schedule(this, "schedule", {
      ruleName: names.rule,
      target: processor.function,
      deadLetterQueue,
      ...only(Schedule, settings.schedule),
    });
    const { email, ...thresholds } = settings.alarms;
    const monitoring = new Monitoring(this, "monitoring", {
      ...names.monitoring,
      dashboardName: settings.dashboard ? names.monitoring.dashboardName : undefined,
      region: settings.region,
      ...partitionOf(settings.region),
      accountId: account,
      apiId: api.api.id,
      functionName: processor.function.functionName,
      tableName: table.table.name,
      queueName: deadLetterQueue.queue.name,
      thresholds,
      email,
    });

    const outputs: Record<string, [value: string, description: string]> = {
      api_endpoint: [api.api.apiEndpoint, "The API's URL."],
      lambda_function_name: [processor.function.functionName, "The function that processes requests."],
      dynamodb_table_name: [table.table.name, "The table of stored requests."],
      s3_bucket_name: [logArchive.storage.bucket.id, "The bucket that keeps the API's access log."],
    };
    if (monitoring.dashboardUrl) {
      outputs.dashboard_url = [monitoring.dashboardUrl, "The dashboard of the API, the function and the table."];
    }
    for (const [id, [value, description]] of Object.entries(outputs)) {
      new TerraformOutput(this, id, { value, description });
    }
  }
}
