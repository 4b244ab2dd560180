import type { NativeFrame, ProviderEvent } from '../../../contract/chat-event.js';
import { fromStoredAnswer, type StoredAnswer } from '../../records/stored-answer.js';
import { nativeFrame } from './predict.encoder.js';

/**
 * A stored answer as the list of Flowise's events that it came in, adjacent tokens joined: what a reader of a stream of the predict dialect would have
 * collected between its beginning and its end.
 */
export function storedFrames(answer: StoredAnswer): NativeFrame[] {
  const frames: NativeFrame[] = [];
  for (const event of fromStoredAnswer(answer)) {
    const frame = frameOf(event);
    const last = frames.at(-1);
    if (frame === undefined) continue;
    if (frame.event === 'token' && last?.event === 'token') {
      frames[frames.length - 1] = { event: 'token', data: String(last.data) + String(frame.data) };
    } else {
      frames.push(frame);
    }
  }
  return frames;
}

function frameOf(event: ProviderEvent): NativeFrame | undefined {
  switch (event.type) {
    case 'text-delta':
      return { event: 'token', data: event.text };
    case 'reasoning-delta':
      return { event: 'thinking', data: event.text };
    case 'usage': {
      const { type: _, ...usage } = event;
      return { event: 'usageMetadata', data: usage };
    }
    case 'metadata':
      return undefined;
    default:
      return nativeFrame(event);
  }
}
