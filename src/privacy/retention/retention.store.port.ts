/** A session as retention sees it. */
export interface AgeingSession {
  /** Where it stands among those of all users. */
  readonly key: string;
  readonly userId: string;
  readonly sessionId: string;
  /** The first that was asked in it, and the last if that is known. */
  readonly chatflowIds: readonly string[];
  /** When its last turn ended. */
  readonly updatedAt: Date;
}

/** How far a walk through all sessions has come. */
export interface WalkState {
  /** Behind this one; absent: it begins. */
  readonly after?: string;
}

/** Sessions of all users, walked through by one instance at a time. */
export abstract class RetentionStore {
  /**
   * @param lapsedBy an instance whose time ends until then has it no more
   * @returns undefined while another instance has it, or until its next walk is due
   */
  abstract takeWalk(owner: string, lapsedBy: Date, until: Date): Promise<WalkState | undefined>;
  /** @param after undefined at the end of a walk @returns whether it was still the owner's */
  abstract advance(owner: string, after: string | undefined, until: Date): Promise<boolean>;
  /** The next sessions of all users, by their keys. */
  abstract page(limit: number, after?: string): Promise<readonly AgeingSession[]>;
  /** Whether one of these chatflows has answered in the session. */
  abstract hasAnswersOf(
    session: Pick<AgeingSession, 'userId' | 'sessionId'>,
    chatflowIds: readonly string[],
  ): Promise<boolean>;
}
