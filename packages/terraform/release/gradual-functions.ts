import type { Configuration } from "../run/terraform";

/**
 * A function with an alias, and a CodeDeploy application of the function's name whose deployment group has the alias's name.
 * An application of a user's own can have any names.
 */
export interface GradualFunction {
  readonly functionName: string;
  readonly alias: string;
}

/** The functions of a configuration that CodeDeploy releases. */
export function gradualFunctions({ resource }: Pick<Configuration, "resource">): GradualFunction[] {
  type Resources = Record<string, Record<string, string | undefined>>;
  const all = (type: string) => (resource[type] ?? {}) as Resources;
  /** The attribute of another resource that a value refers to, or the value itself. */
  const read = (value = ""): string | undefined => {
    const [, type = "", id = "", attribute = ""] = /^\$\{(\w+)\.([\w-]+)\.(\w+)\}$/.exec(value) ?? [];
    return type ? all(type)[id]?.[attribute] : value;
  };
  const apps = Object.values(all("aws_codedeploy_app")).filter((app) => app.compute_platform === "Lambda");
  return Object.values(all("aws_codedeploy_deployment_group")).flatMap((group) => {
    const [functionName, alias] = [read(group.app_name), group.deployment_group_name];
    const isAlias = (each: Resources[string]) => each.name === alias && read(each.function_name) === functionName;
    if (!functionName || !alias || !apps.some(({ name }) => name === functionName)) return [];
    return Object.values(all("aws_lambda_alias")).some(isAlias) ? [{ functionName, alias }] : [];
  });
}
