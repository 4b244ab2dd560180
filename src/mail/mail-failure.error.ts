/** A mail that was not taken. Says nothing of whom it was for, nor what stood in it. */
export class MailFailure extends Error {
  override readonly name = 'MailFailure';

  /**
   * @param reason the library's code (`ECONNECTION`, `EAUTH`, `ETLS`, …) and the server's number, where there is one
   * @param isFinal whether another attempt would be answered the same way
   */
  constructor(
    readonly reason: string,
    readonly isFinal: boolean,
  ) {
    super(`The mail server did not take a mail: ${reason}`);
  }
}
