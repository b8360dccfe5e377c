/** An error that the user can correct. Commands print its message without a stack trace. */
export class UserError extends Error {
  override readonly name = "UserError";

  /** @param details lines above the message, such as those that it sums up */
  constructor(
    message: string,
    readonly details: readonly string[] = [],
  ) {
    super(message);
  }
}
