import { installRequirements } from "../sandbox/requirements";
import { DebugPorts } from "./debug-port";

/** The debuggers of all functions. */
export interface Debugging {
  readonly ports: DebugPorts;
  /** The folder of debugpy. */
  readonly packages: string;
}

/** Opens the port of the first function, so that a taken one is told at once. Without a port, there are no debuggers. */
export async function openDebugPorts(port: number | undefined): Promise<DebugPorts | undefined> {
  return port === undefined ? undefined : DebugPorts.open(port);
}

export async function installDebugging(ports: DebugPorts | undefined, python: string): Promise<Debugging | undefined> {
  return ports && { ports, packages: await installDebugger(python) };
}

/** Installs debugpy for this machine's Python, once. Returns its folder. Throws a UserError if pip cannot install it. */
export async function installDebugger(python: string): Promise<string> {
  return (await installRequirements(python, __dirname)) as string;
}
