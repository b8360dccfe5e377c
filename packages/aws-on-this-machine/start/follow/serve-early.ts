import { listNames } from "@local/terraform/plan/changes/shorten";
import type { ResourceRef } from "../../inventory/resource-ref";
import type { StacksState } from "../../system/running-system";
import type { AppliedParts } from "./applied-parts";

/** A system that is served before all of it exists. */
interface EarlySystem {
  refresh(refs: readonly ResourceRef[]): Promise<void>;
  setState(state: StacksState): void;
}

/** Serves a system as soon as an API's parts exist, and each part that Terraform makes after that. */
export class EarlyServing<T extends EarlySystem> {
  private served: T | undefined;
  private latest: AppliedParts | undefined;
  private work: Promise<void> | undefined;

  /**
   * Takes what Terraform has made until now.
   *
   * @param open is called until it succeeds
   */
  take(parts: AppliedParts, open: (refs: readonly ResourceRef[], missing: string) => Promise<T>): void {
    if (!parts.servesApi) return;
    this.latest = parts;
    this.work ??= this.serve(open);
  }

  /** Returns the served system; undefined if none was. Serves no further parts. */
  async end(): Promise<T | undefined> {
    this.latest = undefined;
    await this.work;
    return this.served;
  }

  private async serve(open: (refs: readonly ResourceRef[], missing: string) => Promise<T>): Promise<void> {
    for (let parts = this.latest; parts; parts = this.latest) {
      // The next part, which comes meanwhile, sets it again.
      this.latest = undefined;
      // The end of the apply, which is near, serves all of it.
      if (parts.missing.length === 0) break;
      const missing = describeMissing(parts);
      try {
        if (this.served) await this.served.refresh(parts.refs);
        else this.served = await open(parts.refs, missing);
        this.served.setState({ kind: "applying", message: missing });
      } catch {
        // The end of the apply serves all of it, or shows the error.
      }
    }
    this.work = undefined;
  }
}

function describeMissing({ missing, missingForFunctions: needed }: AppliedParts): string {
  const { length } = missing;
  const named = needed.length > 0 ? `${needed.length}: ${listNames(needed)}` : "none";
  return `Terraform still makes ${length} ${length === 1 ? "part" : "parts"}. Of these, the functions need ${named}.`;
}
