import { AppError } from '../../platform/errors/app.error.js';
import { HttpStatusError } from '../http/http-status.error.js';
import type { OpenAiModel } from './openai-request.js';

/** More upstreams than an instance has; the oldest is forgotten, and asked once more than needed. */
const MAX_REMEMBERED = 1000;

/** Which upstreams refuse a request for token counts (`stream_options`), which not every compatible server knows. */
export class UsageRefusals {
  private readonly known = new Set<string>();

  has(model: OpenAiModel): boolean {
    return this.known.has(nameOf(model));
  }

  add(model: OpenAiModel): void {
    this.known.add(nameOf(model));
    const [oldest] = this.known;
    if (this.known.size > MAX_REMEMBERED && oldest !== undefined) this.known.delete(oldest);
  }
}

/** Whether a request was refused because of it, as the server's own words tell. */
export function refusesUsage(error: unknown): boolean {
  const cause = error instanceof AppError ? error.cause : undefined;
  if (!(cause instanceof HttpStatusError) || (cause.status !== 400 && cause.status !== 422)) return false;
  return /stream_options|include_usage/i.test(cause.message);
}

function nameOf({ origin, basePath, model }: OpenAiModel): string {
  return `${origin}${basePath} ${model}`;
}
