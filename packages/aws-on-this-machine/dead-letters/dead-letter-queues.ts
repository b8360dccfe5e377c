import { type Configuration, readArchitecture } from "../diagram/architecture";

/** A queue to which failed events or messages go. */
export interface DeadLetterQueue {
  /** The Terraform address. */
  readonly address: string;
  readonly name: string;
  /** The names of the functions whose failed events come here. */
  readonly functions: readonly string[];
  /** The names of the queues whose failed messages come here. */
  readonly queues: readonly string[];
}

/** Finds the queues of a synthesized stack to which failed events or messages go. */
export function findDeadLetterQueues(configuration: Configuration): DeadLetterQueue[] {
  const { nodes, edges } = readArchitecture(configuration);
  const failures = edges.filter(({ kind }) => kind === "failure");
  return nodes
    .filter(({ id, types }) => types.includes("aws_sqs_queue") && failures.some(({ to }) => to === id))
    .map(({ id, name = "" }) => {
      const senders = new Set(failures.filter(({ to }) => to === id).map(({ from }) => from));
      const namesOf = (type: string) =>
        nodes.filter((node) => senders.has(node.id) && node.types.includes(type)).map((node) => node.name ?? "");
      return { address: id, name, functions: namesOf("aws_lambda_function"), queues: namesOf("aws_sqs_queue") };
    });
}
