import {
  CreateApiCommand,
  type CreateApiCommandInput,
  CreateIntegrationCommand,
  CreateRouteCommand,
  CreateStageCommand,
} from "@aws-sdk/client-apigatewayv2";
import { CreateRoleCommand } from "@aws-sdk/client-iam";
import {
  AddPermissionCommand,
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  type Runtime,
} from "@aws-sdk/client-lambda";
import type { Aws } from "@local/terraform/aws";
import { strToU8, zipSync } from "fflate";
import type { Place } from "../inventory/apis";
import type { ResourceRef } from "../inventory/resource-ref";

export const PLACE: Place = { partition: "aws", region: "us-west-2", accountId: "123456789012" };

export function zipOf(index: string): Uint8Array {
  return zipSync({ "index.py": strToU8(index) });
}

export function arnOf(functionName: string): string {
  return `arn:aws:lambda:us-west-2:123456789012:function:${functionName}`;
}

/** Creates resources in an emulator, as Terraform would. */
export class Deploy {
  private role: Promise<string> | undefined;

  constructor(private readonly aws: Aws) {}

  async fn(name: string, index: string, more: Partial<CreateFunctionCommandInput> = {}): Promise<ResourceRef> {
    this.role ??= this.makeRole();
    const rest = { Role: await this.role, Handler: "index.handler", Runtime: "python3.13" as Runtime, Timeout: 60 };
    const Code = { ZipFile: zipOf(index) };
    await this.aws.lambda.send(new CreateFunctionCommand({ FunctionName: name, Code, ...rest, ...more }));
    return { address: `aws_lambda_function.${name}`, type: "aws_lambda_function", id: name };
  }

  /** Lets a service invoke a function, for one source or for all. */
  async permit(FunctionName: string, Principal: string, SourceArn?: string): Promise<void> {
    const StatementId = `from-${Principal.split(".")[0]}`;
    const Action = "lambda:InvokeFunction";
    await this.aws.lambda.send(new AddPermissionCommand({ FunctionName, StatementId, Action, Principal, SourceArn }));
  }

  /** Creates an HTTP API with routes to functions. */
  async api(
    name: string,
    routes: Readonly<Record<string, string>>,
    more: Partial<CreateApiCommandInput> = {},
  ): Promise<ResourceRef> {
    const { apigateway } = this.aws;
    const { ApiId = "" } = await apigateway.send(new CreateApiCommand({ Name: name, ProtocolType: "HTTP", ...more }));
    for (const [routeKey, functionName] of Object.entries(routes)) await this.route(ApiId, routeKey, functionName);
    await apigateway.send(new CreateStageCommand({ ApiId, StageName: "$default", AutoDeploy: true }));
    return { address: `aws_apigatewayv2_api.${name}`, type: "aws_apigatewayv2_api", id: ApiId };
  }

  async route(ApiId: string, RouteKey: string, functionName: string): Promise<void> {
    const { apigateway } = this.aws;
    const integration = {
      IntegrationType: "AWS_PROXY",
      IntegrationUri: `arn:aws:apigateway:us-west-2:lambda:path/2015-03-31/functions/${arnOf(functionName)}/invocations`,
      PayloadFormatVersion: "2.0",
    } as const;
    const { IntegrationId } = await apigateway.send(new CreateIntegrationCommand({ ApiId, ...integration }));
    await apigateway.send(new CreateRouteCommand({ ApiId, RouteKey, Target: `integrations/${IntegrationId}` }));
  }

  private async makeRole(): Promise<string> {
    const AssumeRolePolicyDocument = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }],
    });
    const { Role } = await this.aws.iam.send(
      new CreateRoleCommand({ RoleName: "functions", AssumeRolePolicyDocument }),
    );
    return Role?.Arn ?? "";
  }
}
