import { nowNs } from './workload.mjs';

/**
 * Checks that an answer's tokens come complete and in order, however they were merged into events.
 * @param onToken called with the reception time and, of a paced token, its delay in milliseconds
 * @param first the number of the first token that is due
 * @returns takes the next piece of text; throws when a token is missing, doubled or out of order
 */
export function tokenChecker({ onToken, first = 0 }) {
  let rest = '';
  const checker = {
    expected: first,
    take(text) {
      const receivedNs = nowNs();
      const words = (rest + text).split(' ');
      rest = words.pop();
      for (const word of words) {
        const [index, sent] = word.slice(1).split('@');
        if (word[0] !== 't' || Number(index) !== checker.expected)
          throw new Error(`${word.slice(0, 40)} where token ${checker.expected} was due`);
        checker.expected++;
        onToken(receivedNs, sent === undefined ? undefined : Number(receivedNs - BigInt(sent)) / 1e6);
      }
    },
  };
  return checker;
}

/** Cuts a response into server-sent events. @returns takes the next chunk, and calls `onEvent` with each event's id and data */
export function eventSplitter(onEvent) {
  let buffer = '';
  return (chunk) => {
    const blocks = (buffer + chunk).split('\n\n');
    buffer = blocks.pop();
    for (const block of blocks) {
      let id;
      let data;
      for (const line of block.split('\n')) {
        if (line.startsWith('data:')) data ??= line.slice(5).trim();
        else if (line.startsWith('id:')) id = line.slice(3).trim();
      }
      if (data !== undefined && data !== '[DONE]') onEvent(data, id);
    }
  };
}

/** How each target's events carry text. */
export const READERS = {
  predict: (json) => (json.event === 'token' ? json.data : ''),
  openai: (json) => json.choices?.[0]?.delta?.content ?? '',
};
