import { ListTablesCommand } from "@aws-sdk/client-dynamodb";
import {
  CreateAliasCommand,
  InvokeAsyncCommand,
  InvokeCommand,
  type InvokeCommandInput,
  UpdateAliasCommand,
} from "@aws-sdk/client-lambda";
import { describeWithPython } from "../echo-api";
import { FunctionProcess } from "./function-process";
import { ACCOUNT, createFunction, publishVersion, REGION, useEmulator } from "./own-emulator";

const NAME = "orders";

describeWithPython("an invocation by the API", () => {
  const own = useEmulator();
  let process: FunctionProcess;
  let arn: string;

  beforeAll(async () => {
    arn = await createFunction(own(), NAME);
    for (const version of ["1", "2"]) expect(await publishVersion(own(), NAME)).toBe(version);
    const alias = { FunctionName: NAME, FunctionVersion: "1" };
    await own().aws.lambda.send(new CreateAliasCommand({ ...alias, Name: "live" }));
    const RoutingConfig = { AdditionalVersionWeights: { "2": 0.5 } };
    await own().aws.lambda.send(new CreateAliasCommand({ ...alias, Name: "canary", RoutingConfig }));
    process = await FunctionProcess.start(own().emulator.endpoint);
  });
  afterEach(() => {
    process.handler = (_, response) => void response.end('"done"');
    process.invocations.length = 0;
  });
  afterAll(() => process?.end());

  const invoke = (input: Partial<InvokeCommandInput> = {}) =>
    own().aws.lambda.send(new InvokeCommand({ FunctionName: NAME, Payload: '{"id":1}', ...input }));

  test("gets the function's result, and passes on the payload, the context and the trace", async () => {
    process.handler = (_, response) => {
      response.writeHead(200, { "x-amz-executed-version": "$LATEST", "x-amz-log-result": "bG9n" }).end('{"total":2}');
    };
    const ClientContext = Buffer.from('{"custom":{"a":1}}').toString("base64");
    const result = await invoke({ ClientContext, LogType: "Tail" });
    expect(result).toMatchObject({ StatusCode: 200, ExecutedVersion: "$LATEST", LogResult: "bG9n" });
    expect(result.Payload?.transformToString()).toBe('{"total":2}');
    expect(result.FunctionError).toBeUndefined();
    expect(await process.next()).toMatchObject({
      ...{ arn, version: "$LATEST", alias: "", type: "RequestResponse", service: "", source: "", payload: { id: 1 } },
      headers: { "x-amz-client-context": ClientContext, "x-amz-log-type": "Tail" },
    });
    expect((await invoke()).LogResult).toBeUndefined();
  });

  test("gets the function's error", async () => {
    process.handler = (_, response) => {
      response.writeHead(200, { "x-amz-function-error": "Unhandled" }).end('{"errorMessage":"no"}');
    };
    const result = await invoke();
    expect([result.FunctionError, result.Payload?.transformToString()]).toEqual(["Unhandled", '{"errorMessage":"no"}']);
  });

  test("gets Lambda's refusal by the process", async () => {
    process.handler = (_, response) => {
      const headers = { "content-type": "application/json", "x-amzn-errortype": "TooManyRequestsException" };
      response.writeHead(429, { ...headers, "retry-after": "1" });
      response.end('{"Type":"User","Message":"Rate Exceeded."}');
    };
    const refusal = { name: "TooManyRequestsException", message: "Rate Exceeded." };
    await expect(invoke()).rejects.toMatchObject(refusal);
  });

  test.each<[string, Partial<InvokeCommandInput>, string, string]>([
    ["a name", {}, "$LATEST", ""],
    ["a name with a version", { FunctionName: `${NAME}:2` }, "2", ""],
    ["a name and a qualifier", { Qualifier: "1" }, "1", ""],
    ["a name and $LATEST", { Qualifier: "$LATEST" }, "$LATEST", ""],
    ["an ARN", { FunctionName: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${NAME}` }, "$LATEST", ""],
    [
      "an ARN with an alias",
      { FunctionName: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${NAME}:live` },
      "1",
      "live",
    ],
    ["a partial ARN", { FunctionName: `${ACCOUNT}:function:${NAME}` }, "$LATEST", ""],
    ["an alias", { Qualifier: "live" }, "1", "live"],
  ])("by %s", async (_what, input, version, alias) => {
    await invoke(input);
    expect(await process.next()).toMatchObject({ arn, version, alias });
  });

  test("by an alias follows its weights, and its changes", async () => {
    const versions = new Set<string>();
    while (versions.size < 2) {
      await invoke({ Qualifier: "canary" });
      versions.add((await process.next()).version);
    }
    expect([...versions].sort()).toEqual(["1", "2"]);
    const changed = { FunctionName: NAME, Name: "canary", FunctionVersion: "2" };
    await own().aws.lambda.send(
      new UpdateAliasCommand({ ...changed, RoutingConfig: { AdditionalVersionWeights: {} } }),
    );
    for (let count = 0; count < 10; count++) {
      await invoke({ Qualifier: "canary" });
      expect((await process.next()).version).toBe("2");
    }
  });

  test("that does not wait is answered at once, and so is a dry run", async () => {
    expect((await invoke({ InvocationType: "Event" })).StatusCode).toBe(202);
    expect(await process.next()).toMatchObject({ type: "Event", payload: { id: 1 }, service: "" });
    expect((await invoke({ InvocationType: "DryRun" })).StatusCode).toBe(204);
    expect(await process.next()).toMatchObject({ type: "DryRun" });
    const { Status } = await own().aws.lambda.send(
      new InvokeAsyncCommand({ FunctionName: NAME, InvokeArgs: '{"id":2}' }),
    );
    expect(Status).toBe(202);
    expect(await process.next()).toMatchObject({ arn, type: "Event", payload: { id: 2 } });
  });

  test.each<[string, Partial<InvokeCommandInput>, string, string]>([
    ["an unknown function", { FunctionName: "none" }, "ResourceNotFoundException", "Function not found"],
    ["an unknown alias", { Qualifier: "none" }, "ResourceNotFoundException", `function:${NAME}:none`],
    ["two qualifiers", { FunctionName: `${NAME}:1`, Qualifier: "2" }, "InvalidParameterValueException", "derived"],
    ["a payload that is no JSON", { Payload: "{" }, "InvalidRequestContentException", "Could not parse"],
    ["a payload over 6 MB", { Payload: `"${"x".repeat(6_300_000)}"` }, "RequestTooLargeException", "6300002 byte"],
  ])("of %s is refused", async (_what, input, name, message) => {
    await expect(invoke(input)).rejects.toMatchObject({ name, message: expect.stringContaining(message) });
    expect(process.invocations).toEqual([]);
  });

  test("lets other requests be answered while the function runs", async () => {
    let finish = () => {};
    process.handler = (_, response) =>
      new Promise((done) => {
        finish = () => done(void response.end('"late"'));
      });
    const result = invoke();
    await process.next();
    await own().aws.dynamodb.send(new ListTablesCommand({}));
    finish();
    expect((await result).Payload?.transformToString()).toBe('"late"');
  });

  test("fails with a clear error once the process has ended, until another one registers", async () => {
    const ended = await FunctionProcess.start(own().emulator.endpoint);
    await ended.end();
    const message = expect.stringContaining("The process that runs functions does not answer");
    await expect(invoke()).rejects.toMatchObject({ name: "ServiceException", message });
    await process.register();
    expect((await invoke()).StatusCode).toBe(200);
  });

  test.each([
    ["no URL", "{}"],
    ["no JSON", "{"],
    ["another machine", '{"url": "http://example.com:80/"}'],
    ["a URL without a port", '{"url": "http://127.0.0.1/"}'],
  ])("is not passed on to %s", async (_what, body) => {
    const registration = `${own().emulator.endpoint}/_emulator/functions`;
    expect((await fetch(registration, { method: "PUT", body })).status).toBe(400);
    expect((await invoke()).StatusCode).toBe(200);
  });

  test("cannot be caught by a web page", async () => {
    const headers = { origin: "https://example.com" };
    const registration = `${own().emulator.endpoint}/_emulator/functions`;
    expect((await fetch(registration, { method: "DELETE", headers })).status).toBe(403);
    expect((await invoke()).Payload?.transformToString()).toBe('"done"');
  });
});
