/** A resource as Terraform's state, or the messages of a running apply, name it. */
export interface ResourceRef {
  /** Such as `aws_sqs_queue.orders`. */
  readonly address: string;
  readonly type: string;
  /** The provider's id, such as the name of a function or the URL of a queue. */
  readonly id: string;
}

/** The reason why a resource does not run here. */
export class UnservedError extends Error {}
