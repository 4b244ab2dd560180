/**
 * Gives a new user the credits they start with. Called when an account is made and again whenever somebody can't tell whether that
 * happened (after a crash, when an account is opened lazily).
 */
export abstract class SignupCredits {
  /**
   * Idempotent: however often and from however many instances it is called, an account is granted at most once.
   * @throws AppError `accounting_unavailable`; then the caller may repeat the call, or leave it to the next one
   */
  abstract grantOnce(accountId: string): Promise<void>;
}
