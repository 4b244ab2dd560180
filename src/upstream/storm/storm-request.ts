import type { ProviderRequest } from '../chat-provider.port.js';
import type { UpstreamAddress } from '../http/upstream-address.js';

export const ANSWER_PATH = '/api/v2/answer/stream';

export function stormHeaders({ apiKey }: UpstreamAddress): Record<string, string> {
  return apiKey === undefined ? {} : { 'storm-api-key': apiKey };
}

/**
 * The buckets are those of the chatflow, never what a client names: access is given to a chatflow, not to any bucket that our key can read.
 * @param threadId the session's thread; absent: the server opens one
 */
export function answerBody(request: ProviderRequest, threadId: string | undefined): string {
  const { bucketIds = [] } = request.target;
  return JSON.stringify({
    question: request.question,
    ...(bucketIds.length > 0 && { bucketIds }),
    ...(threadId !== undefined && { threadId }),
  });
}
