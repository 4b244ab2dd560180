/**
 * What a database has written, in its log and where rows were before they moved, holds for a while also what was deleted. Ours can be made to let go of it; of
 * another one its operator sees to that.
 */
export abstract class DatabaseLog {
  /** Has everything that was deleted until now taken out of it within about a minute. Never throws: what fails is done by the database itself within an hour. */
  abstract emptySoon(): void;
  /** The same, done when it resolves. @throws Error when somebody reads from it, as a backup does */
  abstract empty(): Promise<void>;
}
