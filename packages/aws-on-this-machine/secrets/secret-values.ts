import type { State } from "@local/terraform/run/terraform";
import { readLocalEnv } from "./local-env";

/** The values that local.env has had since the start. */
export class SecretValues {
  private readonly seen = new Set<string>();

  /** @param file the path of local.env */
  constructor(private readonly file: string) {}

  /** Throws an Error if a parameter in a state has such a value. Terraform reads there what local.env has set. */
  refuseIn({ resources, dataSources }: Pick<State, "resources" | "dataSources">): void {
    for (const value of readLocalEnv(this.file).values()) if (value) this.seen.add(JSON.stringify(value));
    for (const { address, type, values } of [...resources, ...dataSources]) {
      if (!type.startsWith("aws_ssm_parameter")) continue;
      const text = JSON.stringify(values);
      if ([...this.seen].some((value) => text.includes(value))) {
        throw new Error(`${address} has a value of local.env, which must not reach the disk`);
      }
    }
  }
}
