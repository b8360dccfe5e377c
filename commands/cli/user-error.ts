/** A failure that the user can correct: its message is shown as it is, without a stack trace. */
export class UserError extends Error {
  override readonly name = "UserError";
}
