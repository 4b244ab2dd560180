/**
 * Routes whose clients show the body of a failed request as the message, whatever it is: the AI SDK and AG-UI always, Flowise's widget of a
 * question that it streams (`flowise-sdk` reads only the status of such an answer).
 */
const ALWAYS = /^\/(api\/chat|agui)(\/|$)/i;
const WHEN_STREAMING = /^\/api\/v1\/prediction\//i;

/** Whether the route's errors are sentences: always, when it streams, or never. */
export function sentencesOf(path: string): 'always' | 'streaming' | 'never' {
  if (ALWAYS.test(path)) return 'always';
  return WHEN_STREAMING.test(path) ? 'streaming' : 'never';
}
