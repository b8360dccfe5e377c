import type { TerraformMessage } from "@local/command-line/progress";
import type { Configuration } from "@local/terraform/run/terraform";
import type { ResourceRef } from "../../inventory/resource-ref";

/** The resources that an API consists of; others, such as the function of an integration, are made before these. */
const API_PART = /^aws_apigatewayv2_(api|authorizer|integration|route|stage)$|^aws_lambda_permission$/;

/** References in expressions, also to data sources. */
const REFERENCE = /\b(?:data\.)?aws_\w+\.[\w-]+/g;

/** Follows the apply of a stack by Terraform's messages: its resources that exist already, and those that are missing. */
export class AppliedParts {
  private readonly refsByAddress = new Map<string, ResourceRef>();
  private readonly planned = new Map<string, string>();
  private readonly created = new Set<string>();
  private isPlanned = false;

  constructor(private readonly configuration: Configuration) {}

  /** Takes a message. Returns whether it says that a resource exists now. */
  take({ type, hook, change, changes }: TerraformMessage): boolean {
    if (type === "planned_change" && change && /create|replace/.test(change.action)) {
      this.planned.set(change.resource.addr, change.resource.resource_type);
    }
    if (type === "change_summary" && changes?.operation === "plan") this.isPlanned = true;
    if (type !== "apply_complete" && type !== "refresh_complete") return false;
    const { resource, id_value: id, action } = hook ?? {};
    if (!resource || action === "read") return false;
    const { addr: address, resource_type } = resource;
    if (action === "delete") {
      // A replacement may be created before the old resource is deleted.
      if (!this.created.has(address)) this.refsByAddress.delete(address);
      return false;
    }
    this.refsByAddress.set(address, { address, type: resource_type, id: id ?? "" });
    if (type === "refresh_complete") return false;
    this.planned.delete(address);
    this.created.add(address);
    return true;
  }

  /** The resources that exist, but those that Terraform is about to replace. */
  get refs(): ResourceRef[] {
    return [...this.refsByAddress.values()].filter(({ address }) => !this.planned.has(address));
  }

  /** The addresses of the resources that Terraform has yet to create. */
  get missing(): string[] {
    return [...this.planned.keys()];
  }

  /** Those of them that the functions' roles lack: policies, and the resources that these name. */
  get missingForFunctions(): string[] {
    const functions = Object.keys(this.configuration.resource.aws_lambda_function ?? {});
    const roles = functions.flatMap((name) => this.referencesOf(`aws_lambda_function.${name}`));
    const isOfRole = (address: string) => this.referencesOf(address).some((each) => roles.includes(each));
    const needed = new Set(
      this.missing.filter((each) => /^aws_iam_role_policy/.test(each) && isOfRole(each)).map(block),
    );
    // A set takes elements while it is iterated over.
    for (const address of needed) for (const each of this.referencesOf(address)) needed.add(each);
    return this.missing.filter((address) => needed.has(block(address)));
  }

  /** Whether all parts of an API exist. */
  get servesApi(): boolean {
    if (!this.isPlanned) return false;
    const missing = [...this.planned]
      .filter(([, type]) => API_PART.test(type))
      .map(([address]) => this.textOf(address));
    const apis = this.refs.filter(({ type }) => type === "aws_apigatewayv2_api");
    return apis.some(({ address }) => !missing.some((text) => text.includes(`${address}.`)));
  }

  private referencesOf(address: string): string[] {
    return this.textOf(address).match(REFERENCE) ?? [];
  }

  private textOf(address: string): string {
    const { data = {}, resource } = this.configuration;
    const [type = "", name = ""] = block(address)
      .replace(/^data\./, "")
      .split(".");
    return JSON.stringify((address.startsWith("data.") ? data : resource)[type]?.[name] ?? {});
  }
}

/** The address without an instance's key. */
function block(address: string): string {
  return address.replace(/\[.*$/, "");
}
