import type { SseFrame } from './sse-reader.js';

/** What a client of the predict dialect has seen of a turn. */
export interface SeenTurn {
  readonly turnId: string;
  readonly sessionId: string;
  readonly text: string;
  readonly events: readonly string[];
  readonly ids: readonly number[];
  /** Data of the `metadata` event: the turn is stored and charged. */
  readonly metadata?: { readonly messageId: string; readonly charged: number };
  readonly error?: { readonly code: string; readonly message: string };
  /** Whether `end` came last. */
  readonly ended: boolean;
}

interface PredictFrame {
  readonly event: string;
  readonly data: unknown;
  readonly code?: string;
  readonly turn_id?: string;
}

/** Puts together what the frames of a predict stream say. */
export function readTurn(frames: readonly SseFrame[]): SeenTurn {
  const events = frames.map((frame) => JSON.parse(frame.data) as PredictFrame);
  const find = (name: string): PredictFrame | undefined => events.find(({ event }) => event === name);
  const start = find('session_id');
  const metadata = find('metadata')?.data as SeenTurn['metadata'];
  const error = find('error');
  return {
    turnId: start?.turn_id ?? '',
    sessionId: String(start?.data),
    text: events
      .filter(({ event }) => event === 'token')
      .map(({ data }) => String(data))
      .join(''),
    events: events.map(({ event }) => event),
    ids: frames.map(({ id }) => Number(id)),
    ...(metadata === undefined ? {} : { metadata }),
    ...(error === undefined ? {} : { error: { code: error.code ?? '', message: String(error.data) } }),
    ended: events.at(-1)?.event === 'end',
  };
}
