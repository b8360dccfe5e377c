import type { StateResource } from "@local/terraform/run/terraform";
import { type Architecture, readArchitecture } from "./architecture";
import { LINKS, SHOWN } from "./resource-types";

/** The attributes whose values name a resource in others. */
const IDENTIFYING = ["arn", "invoke_arn", "execution_arn", "url", "id"];

/**
 * Reads the architecture from Terraform's state. In the state, a reference is the value of the resource that it leads to, such as
 * its ARN. Leaves out types that the diagram does not know.
 */
export function readDeployedArchitecture(resources: readonly StateResource[]): Architecture {
  const known = resources.filter(({ type }) => Object.hasOwn(SHOWN, type) || Object.hasOwn(LINKS, type));
  const addresses = new Map<string, string>();
  for (const { type, address, values } of known.filter(({ type }) => SHOWN[type])) {
    for (const name of IDENTIFYING) {
      const value = values[name];
      if (typeof value === "string" && value && !addresses.has(value)) addresses.set(value, nodeAddress(type, address));
    }
  }
  // An alias stands for its function.
  for (const { values } of resources.filter(({ type }) => type === "aws_lambda_alias")) {
    const fn = known.find(({ values: { function_name } }) => function_name === values.function_name);
    if (fn) for (const name of ["arn", "invoke_arn"]) addresses.set(values[name], nodeAddress(fn.type, fn.address));
  }
  const resource: Record<string, Record<string, object>> = {};
  for (const { type, address, values } of known) {
    const own = nodeAddress(type, address);
    resource[type] = { ...resource[type], [own.slice(type.length + 1)]: withReferences(values, own, addresses) };
  }
  return readArchitecture({ resource });
}

/** The address without modules and keys, which the diagram does not have. */
function nodeAddress(type: string, address: string): string {
  return `${type}.${address
    .replace(`${type}.`, "")
    .replace(/[^\w-]+/g, "_")
    .replace(/_$/, "")}`;
}

function withReferences(values: object, own: string, addresses: ReadonlyMap<string, string>): object {
  const ownName = SHOWN[own.split(".")[0] ?? ""]?.name ?? "name";
  return JSON.parse(JSON.stringify(values), (key, value) => {
    if (typeof value !== "string" || key === ownName) return value;
    const text = value.startsWith("{") ? value : value.replace(/\/\*.*$/, "");
    const found = [...addresses].filter(([id, address]) => address !== own && (text === id || isInside(id, text)));
    return found.length > 0 ? found.map(([, address]) => `\${${address}.id}`).join(" ") : value;
  });
}

/** Whether JSON, such as that of a policy, has a resource's ARN. */
function isInside(id: string, text: string): boolean {
  return id.startsWith("arn:") && text.startsWith("{") && text.includes(`"${id}"`);
}
