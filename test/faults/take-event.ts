import type { Attempt } from './attempt.js';

type Json = Readonly<Record<string, unknown>>;

/** The AI SDK's stream names no reason. */
export const UNNAMED_ERROR = 'an error without a code';

/** Takes one event of the predict dialect, or of the AI SDK's, into what the client knows. */
export function takeEvent(attempt: Attempt, id: string | undefined, json: Json): void {
  if (attempt.ended) attempt.problems.push(`an event came behind the end: ${JSON.stringify(json)}`);
  if (id !== undefined || 'event' in json) takePosition(attempt, id, json);
  if (json.event !== 'token' && json.type !== 'text-delta') attempt.alsoTold.push(JSON.stringify(json));
  if ('event' in json) takePredictEvent(attempt, json);
  else takeAiSdkPart(attempt, json);
}

/** The position behind an event; text counts its characters. */
function takePosition(attempt: Attempt, id: string | undefined, json: Json): void {
  const position = Number(id);
  const said = json.event === 'token' ? json.data : json.type === 'text-delta' ? json.delta : undefined;
  const size = typeof said === 'string' ? said.length : 1;
  if (!(position - size >= attempt.lastId))
    attempt.toldTwice.push(`${size} up to id ${id} came behind ${attempt.lastId}`);
  attempt.lastId = position;
}

function takePredictEvent(attempt: Attempt, json: Json): void {
  switch (json.event) {
    case 'session_id':
      attempt.takeStart(String(json.turn_id), String(json.data));
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

function takeAiSdkPart(attempt: Attempt, json: Json): void {
  switch (json.type) {
    case 'start':
      takeAiSdkStart(attempt, json);
      break;
    case 'text-delta':
      attempt.text += String(json.delta);
      break;
    case 'finish':
      attempt.metadata = {
        messageId: attempt.announcedMessageId ?? '',
        ...(json.messageMetadata as { charged: number }),
      };
      attempt.ended = true;
      break;
    case 'error':
      attempt.errorCode = UNNAMED_ERROR;
      attempt.ended = true;
      break;
  }
}

function takeAiSdkStart(attempt: Attempt, json: Json): void {
  const { turnId, sessionId } = json.messageMetadata as { turnId: string; sessionId: string };
  attempt.announcedMessageId = String(json.messageId);
  attempt.takeStart(turnId, sessionId);
}
