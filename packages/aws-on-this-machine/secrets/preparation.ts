import type { FunctionConfiguration } from "@aws-sdk/client-lambda";
import type { Aws } from "@local/terraform/aws";
import { describeLayers } from "../function/sandbox/layers";
import { EmulatorParameters } from "./parameter-store";
import { giveSecrets } from "./secrets";

export interface PreparationProps {
  readonly endpoint: string;
  readonly region: string;
  readonly iam: Aws["iam"];
  /** The path of local.env, if secrets have values there. */
  readonly localEnv?: string;
  readonly onNotice: (notice: string) => void;
}

/** Gives functions, before they run, their secrets, and tells once of each secret and each layer that they lack. */
export class Preparation {
  private readonly told = new Set<string>();
  private readonly store: EmulatorParameters;

  constructor(private readonly props: PreparationProps) {
    this.store = new EmulatorParameters(props.endpoint, props.region);
  }

  async prepare(functions: readonly FunctionConfiguration[]): Promise<void> {
    const { iam, localEnv, onNotice } = this.props;
    const lacking = localEnv ? await giveSecrets({ iam, store: this.store, functions, file: localEnv }) : [];
    for (const notice of [...functions.flatMap(describeLayers), ...lacking]) {
      if (!this.told.has(notice)) onNotice(notice);
      this.told.add(notice);
    }
  }
}
