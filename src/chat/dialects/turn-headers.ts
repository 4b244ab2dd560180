import type { Response } from 'express';
import { bindLog } from '../../platform/logging/request-log.js';
import { sessionIdToHeader } from './session-id.js';
import type { TurnHandle } from '../turn/turn-handle.js';

/** Names the turn for clients and proxies that don't read the body, and tells what is left of the caller's rate. */
export function setTurnHeaders(response: Response, { turn, ignored, rate }: TurnHandle): void {
  bindLog(response.req, { turnId: turn.id });
  response.setHeader('X-Turn-Id', turn.id);
  response.setHeader('X-Session-Id', sessionIdToHeader(turn.sessionId));
  if (ignored.length > 0) response.setHeader('X-Ignored-Options', ignored.join(', '));
  if (rate === undefined) return;
  response.setHeader('RateLimit-Policy', `"default";q=${rate.limit};w=${rate.windowSeconds}`);
  response.setHeader('RateLimit', `"default";r=${rate.remaining};t=${rate.resetSeconds}`);
}
