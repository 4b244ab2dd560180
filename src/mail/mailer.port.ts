/** One mail to one person, in plain text. */
export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** Sends mail, or says that none is sent here. */
export abstract class Mailer {
  /** Whether there is anybody who takes it. */
  abstract readonly isOn: boolean;
  /**
   * Resolves when the server has taken it, which is not yet its arrival.
   * @throws MailFailure, within a bounded time
   */
  abstract send(mail: Mail): Promise<void>;
}
