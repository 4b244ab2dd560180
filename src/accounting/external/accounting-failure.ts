/** The service answered, and the answer is no. Repeating the request would not change it; nothing was applied. */
export class AccountingRefusal extends Error {
  override readonly name = 'AccountingRefusal';
  constructor(
    readonly status: number,
    /** What the service said, parsed when it was JSON. */
    readonly body: unknown,
  ) {
    super(`The accounting service answered ${status}.`);
  }
}

/** No usable answer came, however often it was asked. */
export class AccountingSilence extends Error {
  override readonly name = 'AccountingSilence';
  constructor(
    /** Whether one of the attempts may have been carried out. */
    readonly mayHaveApplied: boolean,
    cause: unknown,
  ) {
    super('The accounting service gave no usable answer.', { cause });
  }
}

/** Whether a refusal means that the user has too few credits: 402, 404 for a user it doesn't know, or 409 that says so. */
export function meansTooFewCredits(refusal: AccountingRefusal): boolean {
  return refusal.status === 402 || refusal.status === 404 || saysInsufficient(refusal);
}

/** 409 is also what services answer while the first request under a key is still being worked on. */
export function saysInsufficient({ status, body }: Pick<AccountingRefusal, 'status' | 'body'>): boolean {
  return status === 409 && /insufficient|not enough/i.test(JSON.stringify(body) ?? '');
}
