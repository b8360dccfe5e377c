import type { App } from "cdktf";
import { CustomDomain } from "../constructs/api/custom-domain";
import { HttpApi } from "../constructs/api/http-api";
import { Queue } from "../constructs/events/queue";
import { Schedule } from "../constructs/events/schedule";
import { Topic } from "../constructs/events/topic";
import { PythonFunction } from "../constructs/function/python-function";
import { SecretParameter } from "../constructs/secret-parameter";
import { PrivateBucket } from "../constructs/storage/private-bucket";
import { Table } from "../constructs/storage/table";
import type { Settings } from "../settings/settings";
import { ServerlessInfrastructureStack } from "../stacks/serverless-infrastructure-stack";

/** A system with two more of everything that an application can add, in every way that it can be connected. */
export const withTwoOfEverything = (System: typeof ServerlessInfrastructureStack) =>
  class extends System {
    constructor(app: App, id: string, settings: Settings) {
      super(app, id, settings);
      this.add("orders", settings);
      this.add("returns", settings);
    }

    private add(name: string, settings: Settings): void {
      const fn = new PythonFunction(this, name, { source: "lambda-src", environment: { LEVEL: "INFO" } });
      const worker = new PythonFunction(this, `${name}-worker`, {
        source: "lambda-src",
        timeoutSeconds: 20,
        release: name === "orders" ? { mode: "canary", percent: 10, minutes: 5 } : "all-at-once",
      });

      const table = new Table(this, `${name}-table`, {
        partitionKey: "Id",
        sortKey: { name: "Line", type: "N" },
        indexes: {
          byDay: { partitionKey: "Day" },
          byBuyer: { partitionKey: "Buyer", sortKey: "Day", projection: ["Sum"] },
        },
        stream: "NEW_AND_OLD_IMAGES",
      });
      table.grantReadWrite(fn);
      const consumer = worker.consumeStream(table, { windowSeconds: 5, parallelization: 2 });

      const queue = new Queue(this, `${name}-queue`, { fifo: name === "returns" });
      queue.grantSend(fn);
      worker.consume(queue, { batchSize: 5, maximumConcurrency: 3 });

      const topic = new Topic(this, `${name}-topic`);
      topic.grantPublish(fn);
      topic.subscribe(fn);
      topic.subscribe(worker, { filter: { kind: ["paid"] } });

      const bucket = new PrivateBucket(this, `${name}-bucket`, { expirationDays: 3 });
      bucket.grantWrite(fn);
      bucket.grantRead(worker);
      bucket.notify(worker, { suffix: ".csv" });
      bucket.notify(fn, { events: ["s3:ObjectRemoved:*"] });

      const schedule = new Schedule(this, `${name}-schedule`, { expression: "rate(1 hour)" });
      schedule.invoke(fn);
      schedule.invoke(worker, { input: { table: table.table.name } });
      schedule.invoke(worker, { input: { days: 7 } });

      const api = new HttpApi(this, `${name}-api`, settings.api);
      this.logArchive.subscribe(api.accessLogGroup);
      api.route("$default", fn);
      api.route("GET /{id}", worker, { throttle: { rateLimit: 5, burstLimit: 6 } });
      api.route("ANY /staff", fn, { authorizer: { issuer: "https://issuer.example.com", audience: [name] } });

      const domain = new CustomDomain(this, `${name}-domain`, {
        name: `${name}.example.com`,
        hostedZone: "example.com",
      });
      domain.map(api, { basePath: `${name}/v1`, disableDefaultEndpoint: name === "returns" });

      new SecretParameter(this, `${name}-key`).grantRead(fn);

      for (const resource of [fn, worker, table, consumer, queue, api, domain]) this.monitoring.watch(resource);
    }
  };

export const TwoOfEverything = withTwoOfEverything(ServerlessInfrastructureStack);
