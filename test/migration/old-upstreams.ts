import { setTimeout as delay } from 'node:timers/promises';
import { flowiseFrame, type FlowiseBehaviour } from '../support/upstream/flowise-behaviours.js';
import type { Behaviour } from '../support/upstream/replay-server.js';
import { sse } from '../support/upstream/behaviours.js';

const WORDS = ['alpha', 'Brücke', 'данные', '流れ', '🙂', 'line\nbreak', '"quoted"', 'plain', 'words'];
/** Long enough that pieces of an answer are kept on the way. */
const SLOW_MS = 3500;
const QUICK_MS = 150;

const random = (below: number): number => Math.floor(Math.random() * below);

function words(): string[] {
  return Array.from({ length: 5 + random(12) }, () => `${WORDS[random(WORDS.length)]} `);
}

/** Every fourth answer is slow, every eighth has sources. */
export const answers: FlowiseBehaviour = async (response) => {
  const tokens = words();
  const pause = (random(4) === 0 ? SLOW_MS : QUICK_MS) / tokens.length;
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  if (random(8) === 0)
    response.write(flowiseFrame('sourceDocuments', [{ pageContent: 'page', metadata: { source: 'book' } }]));
  for (const token of tokens) {
    if (response.destroyed) return;
    response.write(flowiseFrame('token', token));
    await delay(pause);
  }
  response.end(flowiseFrame('end', '[DONE]'));
};

/** Text, then an error. */
export const breaks: FlowiseBehaviour = (response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(flowiseFrame('token', 'half '));
  response.end(flowiseFrame('error', 'the tool broke'));
};

/** A Storm server that opens a thread for whoever brings none. */
export const storm: Behaviour = async (response) => {
  const success = (data: unknown) => sse({ status: 'success', data });
  const threadId = `73${Date.now()}${random(10_000)}`;
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(success({ threadId, message: { content: 'From the handbook: ' } }));
  for (const word of words()) {
    if (response.destroyed) return;
    response.write(success({ message: { content: word } }));
    await delay(random(60));
  }
  response.end(success({ is_final_event: true }));
};

/** Names a thread, says something and fails: the thread is kept, a first turn makes no session. */
export const failingStorm: Behaviour = (response) => {
  const threadId = `74${Date.now()}${random(10_000)}`;
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(sse({ status: 'success', data: { threadId, message: { content: 'half ' } } }));
  response.end(sse({ status: 'error', error: { message: 'no index' } }));
};
