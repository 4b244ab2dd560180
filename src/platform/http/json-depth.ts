import type { IncomingMessage, ServerResponse } from 'node:http';
import { errors } from '../errors/errors.js';

/** Far beyond any honest body; recursion over a body (validation, storage) stays far from the end of the stack. */
const MAX_JSON_DEPTH = 64;

/** Express middleware after the body parsers. */
export function refuseDeepJson(
  request: IncomingMessage,
  _response: ServerResponse,
  next: (error?: unknown) => void,
): void {
  if (!isDeeperThan((request as { body?: unknown }).body, MAX_JSON_DEPTH)) {
    next();
    return;
  }
  const message = `The body is nested deeper than ${MAX_JSON_DEPTH} levels.`;
  next(errors.validation([{ field: 'body', message }], message));
}

/** Walks level by level, without recursion: that is what it protects from. */
export function isDeeperThan(value: unknown, depth: number): boolean {
  let level: unknown[] = [value];
  for (let reached = 0; reached <= depth; reached += 1) {
    const next: unknown[] = [];
    for (const node of level) {
      if (typeof node !== 'object' || node === null) continue;
      for (const child of Object.values(node))
        if (typeof child === 'object' && child !== null) next.push(child);
    }
    if (next.length === 0) return false;
    level = next;
  }
  return true;
}
