export type LogFields = Readonly<Record<string, unknown>>;

/**
 * The log as the product sees it: fields first, then a fixed text. Never put the content of a turn, a body or a secret
 * into the fields. An error goes under `err`.
 */
export abstract class StructuredLog {
  abstract trace(fields: LogFields, message: string): void;
  abstract debug(fields: LogFields, message: string): void;
  abstract info(fields: LogFields, message: string): void;
  abstract warn(fields: LogFields, message: string): void;
  abstract error(fields: LogFields, message: string): void;
  abstract fatal(fields: LogFields, message: string): void;
  /** A log whose every line carries `fields` too. */
  abstract child(fields: LogFields): StructuredLog;
}
