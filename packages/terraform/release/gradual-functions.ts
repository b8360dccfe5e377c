import type { Configuration } from "../run/terraform";

/** A function with a CodeDeploy application of its own name, whose deployment group has the name of the function's alias. */
export interface GradualFunction {
  readonly functionName: string;
  readonly alias: string;
}

/** The functions of a configuration that CodeDeploy releases. */
export function gradualFunctions({ resource }: Pick<Configuration, "resource">): GradualFunction[] {
  const apps = (resource.aws_codedeploy_app ?? {}) as Record<string, { name: string; compute_platform?: string }>;
  const groups = (resource.aws_codedeploy_deployment_group ?? {}) as Record<
    string,
    { app_name: string; deployment_group_name: string }
  >;
  return Object.values(groups).flatMap(({ app_name, deployment_group_name: alias }) => {
    const [, id] = /^\$\{aws_codedeploy_app\.([\w-]+)\.name\}$/.exec(app_name) ?? [];
    const app = id === undefined ? undefined : apps[id];
    return app?.compute_platform === "Lambda" ? [{ functionName: app.name, alias }] : [];
  });
}
