/** A user of the load, with an access token that outlives the run. */
export interface LoadUser {
  readonly userId: string;
  readonly token: string;
}

/** What a client does with its turn: reads it, leaves in the middle, or stops it; and whether it comes back after a crash. */
export const MANNERS = ['read', 'read-once', 'leave', 'stop'] as const;
export type Manner = (typeof MANNERS)[number];

/** What `POST /turns/:id/stop` answered. */
export interface StopAnswer {
  readonly status: string;
  readonly charged: number;
  readonly keptCharacters: number;
}

/** One turn as its client knows it, over all of its connections. */
export interface Attempt {
  readonly user: LoadUser;
  readonly chatflowId: string;
  readonly question: string;
  /** The whole right answer, where it is known. */
  readonly expected?: string;
  readonly manner: Manner;
  readonly key?: string;
  /** The session it was asked in; absent: a new one. */
  readonly askedIn?: string;
  sessionId?: string;
  turnId?: string;
  text: string;
  lastId: number;
  metadata?: { readonly messageId: string; readonly charged: number };
  errorCode?: string;
  /** Whether `end` was seen. */
  ended: boolean;
  stopAnswer?: StopAnswer;
  /** What was wrong with the streams themselves. */
  readonly problems: string[];
}

/** Takes one event of the predict dialect into what the client knows. */
export function takeEvent(attempt: Attempt, id: string | undefined, json: Record<string, unknown>): void {
  const position = Number(id);
  if (!(position > attempt.lastId)) attempt.problems.push(`id ${id} came behind ${attempt.lastId}`);
  if (attempt.ended) attempt.problems.push(`an event came behind the end: ${JSON.stringify(json)}`);
  attempt.lastId = position;
  switch (json.event) {
    case 'session_id':
      takeStart(attempt, String(json.turn_id), String(json.data));
      break;
    case 'token':
      attempt.text += String(json.data);
      break;
    case 'metadata':
      attempt.metadata = json.data as NonNullable<Attempt['metadata']>;
      break;
    case 'error':
      attempt.errorCode = String(json.code);
      break;
    case 'end':
      attempt.ended = true;
      break;
  }
}

/** Learns the turn's ids, which must never change. */
export function takeStart(attempt: Attempt, turnId: string, sessionId: string): void {
  if (attempt.turnId !== undefined && attempt.turnId !== turnId)
    attempt.problems.push(`one request made two turns: ${attempt.turnId} and ${turnId}`);
  attempt.turnId = turnId;
  attempt.sessionId = sessionId;
}
