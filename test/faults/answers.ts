import { setTimeout as delay } from 'node:timers/promises';
import type { FlowiseReplay } from '../support/upstream/flowise-replay.js';
import { flowiseFrame } from '../support/upstream/flowise-behaviours.js';

const WORDS = ['alpha', 'Brücke', 'данные', '流れ', '🙂', '👩‍👩‍👧', 'line\nbreak', '"quoted"', 'plain', 'words'];
const MIN_TOKENS = 6;
const MORE_TOKENS = 24;
/** Turns last from about 0.2 to 1.7 seconds. */
const MIN_TURN_MS = 200;
const MORE_TURN_MS = 1500;

/** The pieces of the one right answer to a question, the same whoever computes them: so every stored text can be judged. */
export function answerTo(question: string): readonly string[] {
  const random = generator(question);
  const tokens = Array.from({ length: MIN_TOKENS + Math.floor(random() * MORE_TOKENS) }, () => {
    return `${WORDS[Math.floor(random() * WORDS.length)] ?? ''} `;
  });
  return [`<${question}> `, ...tokens];
}

/** Makes the upstream answer each question with its own answer, token by token. */
export function answerEveryQuestion(upstream: FlowiseReplay): void {
  upstream.respondWith(async (response) => {
    const question = String(upstream.requests.at(-1)?.body.question);
    const tokens = answerTo(question);
    const pause = (MIN_TURN_MS + Math.random() * MORE_TURN_MS) / tokens.length;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const token of tokens) {
      if (response.destroyed) return;
      response.write(flowiseFrame('token', token));
      await delay(pause);
    }
    response.end(flowiseFrame('end', '[DONE]'));
  });
}

/** Numbers from 0 to 1 that the text determines (mulberry32). */
function generator(text: string): () => number {
  let state = [...text].reduce((hash, letter) => Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 16777619), 7);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
