import type { ProviderRequest } from '../chat-provider.port.js';
import type { UpstreamAddress } from '../http/upstream-address.js';

export const ANSWER_PATH = '/api/v2/answer/stream';

export function stormHeaders({ apiKey }: UpstreamAddress): Record<string, string> {
  return apiKey === undefined ? {} : { 'storm-api-key': apiKey };
}

/** @param threadId the session's thread; absent: the server opens one */
export function answerBody(request: ProviderRequest, threadId: string | undefined): string {
  const bucketIds = bucketsOf(request);
  return JSON.stringify({
    question: request.question,
    ...(bucketIds.length > 0 && { bucketIds }),
    ...(threadId !== undefined && { threadId }),
  });
}

/**
 * The buckets to look in. A request may choose among those of its chatflow, never others: they are what the caller was given access
 * to. A chatflow without buckets leaves the choice to the request.
 */
function bucketsOf({ target, overrideConfig }: ProviderRequest): readonly string[] {
  const asked = overrideConfig?.bucketIds;
  const wanted = Array.isArray(asked) ? asked.filter((id): id is string => typeof id === 'string') : [];
  if (target.bucketIds === undefined) return wanted;
  const allowed = new Set(target.bucketIds);
  const chosen = wanted.filter((id) => allowed.has(id));
  return chosen.length > 0 ? chosen : target.bucketIds;
}
