import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateRoleCommand } from "@aws-sdk/client-iam";
import {
  CreateFunctionCommand,
  PublishVersionCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { type Aws, connectAws } from "@local/terraform/aws";
import { zipSync } from "fflate";
import { type Emulator, startEmulator } from "../../../emulator/emulator";
import { findPython } from "../../../emulator/python";

export const REGION = "us-west-2";
export const ACCOUNT = "123456789012";

/** An emulator of a suite, and the answers of 500 and more that it gave. */
export interface OwnEmulator {
  readonly emulator: Emulator;
  readonly aws: Aws;
  readonly failures: string[];
}

/** Starts an emulator before the tests of a suite, and stops it after them. */
export function useEmulator(): () => OwnEmulator {
  const folder = mkdtempSync(join(tmpdir(), "emulator-"));
  const failures: string[] = [];
  let own: OwnEmulator;
  beforeAll(async () => {
    const listeners = { onFailure: (failure: string) => failures.push(failure) };
    const emulator = await startEmulator(await findPython(), join(folder, "emulator.log"), listeners);
    own = { emulator, aws: connectAws({ endpoint: emulator.endpoint, region: REGION }), failures };
  });
  beforeEach(() => {
    failures.length = 0;
  });
  afterAll(async () => {
    await own?.emulator.stop();
    rmSync(folder, { recursive: true });
  });
  return () => own;
}

/** Calls a service that this repository has no SDK for; returns the answer's JSON. */
export async function call(
  { emulator }: { readonly emulator: { readonly endpoint: string } },
  service: string,
  target: string,
  body: object,
): Promise<Record<string, never>> {
  const headers = { ...signedFor(service), "content-type": "application/x-amz-json-1.1", "x-amz-target": target };
  const answer = await fetch(emulator.endpoint, { method: "POST", headers, body: JSON.stringify(body) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${target}: ${answer.status} ${text}`);
  return JSON.parse(text || "{}");
}

/** Calls a service with the query protocol; returns an element of the answer. */
export async function callByForm(
  { emulator }: OwnEmulator,
  service: string,
  parameters: Record<string, string>,
  element = "RequestId",
): Promise<string> {
  const headers = signedFor(service);
  const answer = await fetch(emulator.endpoint, { method: "POST", headers, body: new URLSearchParams(parameters) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${parameters.Action}: ${answer.status} ${text}`);
  return new RegExp(`<${element}>([^<]*)`).exec(text)?.[1] ?? "";
}

function signedFor(service: string): Record<string, string> {
  const scope = `test/20260101/${REGION}/${service}/aws4_request`;
  return { authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0` };
}

/** Creates a function; returns its ARN. */
export async function createFunction({ aws }: OwnEmulator, FunctionName: string, more: object = {}): Promise<string> {
  const { Role } = await aws.iam.send(
    new CreateRoleCommand({ RoleName: FunctionName, AssumeRolePolicyDocument: "{}" }),
  );
  const { FunctionArn = "" } = await aws.lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Role: Role?.Arn,
      Runtime: "python3.13",
      Handler: "index.handler",
      Code: { ZipFile: zipSync({ "index.py": new Uint8Array() }) },
      ...more,
    }),
  );
  return FunctionArn;
}

/** Publishes the next version of a function; returns its number. */
export async function publishVersion({ aws }: OwnEmulator, FunctionName: string, more: object = {}): Promise<string> {
  const change = { Description: String(Math.random()), ...more };
  await aws.lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, ...change }));
  const { Version = "" } = await aws.lambda.send(new PublishVersionCommand({ FunctionName }));
  return Version;
}
