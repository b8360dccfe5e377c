import type { Step } from "@local/command-line/progress";
import { UserError } from "@local/command-line/user-error";
import type { Deployment } from "@local/terraform/deployment";
import { findLosses } from "@local/terraform/plan/changes/losses";
import type { Configuration, PlannedResource, Terraform } from "@local/terraform/run/terraform";
import { letTerraformFinish } from "@local/terraform/run/terraform";
import { createHostedZones } from "../hosted-zones";

const PLAN_FILE = "followed.plan";

/** The addresses that Terraform refuses to delete. */
const REFUSED = /Instance cannot be destroyed.*?Resource (\S+)/s;

/** Whether the saved stacks changed the configuration, and with it the deployed system. */
export type Outcome = "same configuration" | "same resources" | "applied";

export interface SavedStacksProps {
  readonly deployment: Pick<Deployment, "connect" | "synthesize" | "system" | "stateBackend" | "withKeptProvider">;
  /** Whether the emulator, and so the state with its lock, outlives this process. */
  readonly isKept: boolean;
  readonly onNotice: (notice: string) => void;
}

/** Brings the deployed system into line with the saved stacks. */
export class SavedStacks {
  /** The configuration that runs. */
  private applied: string | undefined;
  /** The configuration that says which resources are protected. */
  private guarding: Configuration;
  private stateBackend: string;

  /** The deployment must be synthesized and applied. */
  constructor(private readonly props: SavedStacksProps) {
    const { system, stateBackend } = props.deployment;
    this.applied = system.configurationText();
    this.guarding = system.configuration();
    this.stateBackend = stateBackend.configurationText();
  }

  /** Whether an apply failed after it began. The system may then have some of its changes. */
  get isHalfApplied(): boolean {
    return this.applied === undefined;
  }

  /**
   * Synthesizes, plans and applies. Throws a UserError with the mistake in the application or its settings, with
   * Terraform's error, or with the data that would be lost.
   */
  async apply(current: Pick<Step, "setNote" | "follow">, note: (message: string) => void): Promise<Outcome> {
    const { deployment, onNotice } = this.props;
    const show = (message: string) => {
      current.setNote(message);
      note(message);
    };
    show("synthesizes");
    const warnings = await deployment.synthesize();
    if (warnings) onNotice(warnings);
    this.noticeStateBackend();
    const text = deployment.system.configurationText();
    if (text === this.applied) {
      show("no changes");
      return "same configuration";
    }
    await this.initialize();
    await createHostedZones(deployment, deployment.system, onNotice);
    show("plans");
    const terraform = await deployment.withKeptProvider();
    // An emulator of our own has the state's resources. Reading each of them takes a third of a plan's time.
    const options = this.props.isKept || this.isHalfApplied ? [] : ["-refresh=false"];
    const planned = await terraform.planChanges(PLAN_FILE, ...options).catch(refuseProtected);
    if (planned) await this.applyPlan(terraform, planned, current, show);
    this.guarding = deployment.system.configuration();
    this.applied = text;
    show(planned ? describe(planned) : "no changes");
    return planned ? "applied" : "same resources";
  }

  private async applyPlan(
    terraform: Terraform,
    planned: readonly PlannedResource[],
    current: Pick<Step, "follow">,
    show: (message: string) => void,
  ): Promise<void> {
    const lost = planned
      .filter(({ action }) => action === "delete" || action === "replace")
      // Terraform plans resources side by side, so their order changes from run to run.
      .sort((one, other) => (one.address < other.address ? -1 : 1));
    const refused = lost.filter(({ address }) => isProtected(this.guarding, address));
    if (refused.length > 0) throw refusal(refused.map(({ address }) => address));
    if (lost.length > 0) this.props.onNotice(announce(lost));
    show(`applies ${describe(planned)}`);
    // The apply may fail after its first change.
    this.guarding = terraform.configuration();
    this.applied = undefined;
    const unregister = this.props.isKept ? letTerraformFinish() : () => {};
    await terraform.applyPlan(PLAN_FILE, current.follow, "-lock-timeout=60s").finally(unregister);
  }

  /** Runs `terraform init` if the stack needs other providers. */
  private async initialize(): Promise<void> {
    const { system } = this.props.deployment;
    const [before, { terraform }] = [this.guarding.terraform, system.configuration()];
    if (JSON.stringify(before.backend) !== JSON.stringify(terraform.backend)) {
      throw new UserError("The saved stacks keep their state in another place; end npm start, and start it again.");
    }
    if (JSON.stringify(before.required_providers) !== JSON.stringify(terraform.required_providers)) {
      await system.init();
    }
  }

  private noticeStateBackend(): void {
    const saved = this.props.deployment.stateBackend.configurationText();
    if (saved === this.stateBackend) return;
    this.stateBackend = saved;
    this.props.onNotice(
      "The stack of the state's bucket has changed. npm start follows the system alone: end it, and start it again, to apply that, too.",
    );
  }
}

function isProtected({ resource }: Configuration, address: string): boolean {
  const [type = "", name = ""] = address.replace(/\[.*$/, "").split(".");
  const { lifecycle, ...attributes }: ProtectedResource = resource[type]?.[name] ?? {};
  const protections = Object.entries(attributes).filter(([key]) => key.startsWith("deletion_protection"));
  return lifecycle?.prevent_destroy === true || protections.some(([, value]) => value === true || value === "ACTIVE");
}

interface ProtectedResource {
  readonly lifecycle?: { readonly prevent_destroy?: boolean };
}

function refuseProtected(error: Error): never {
  const [, address] = REFUSED.exec(error.message) ?? [];
  throw address ? refusal([address]) : error;
}

function refusal(addresses: readonly string[]): UserError {
  return new UserError(
    [
      "Refused: prevent_destroy or deletion protection guards resources that the saved stacks destroy:",
      ...addresses.map(indent),
      "Take that back; or save it without this protection first; or start npm start again, which deploys the saved stacks without the data.",
    ].join("\n"),
  );
}

/** Names the resources that an apply destroys, one a line. Those whose data or address is lost come first. */
function announce(lost: readonly PlannedResource[]): string {
  const { dataLoss, credentialLoss = [], addressLoss } = findLosses(lost);
  const losses = new Set([...dataLoss, ...credentialLoss, ...addressLoss]);
  const of = (action: string) =>
    lost.filter((each) => each.action === action && !losses.has(each.address)).map(({ address }) => address);
  const groups: readonly (readonly [title: string, addresses: readonly string[]])[] = [
    ["The save loses the data of", dataLoss],
    ["The save loses a certificate or key", credentialLoss],
    ["The save loses the address of", addressLoss],
    ["The save destroys", of("delete")],
    ["The save replaces", of("replace")],
  ];
  return groups
    .filter(([, addresses]) => addresses.length > 0)
    .flatMap(([title, addresses]) => [`${title}:`, ...addresses.map(indent)])
    .join("\n");
}

function indent(line: string): string {
  return `  ${line}`;
}

function describe(planned: readonly PlannedResource[]): string {
  const { length } = planned.filter(({ action }) => action !== "noop");
  return length === 0 ? "outputs alone" : `${length} ${length === 1 ? "resource" : "resources"}`;
}
