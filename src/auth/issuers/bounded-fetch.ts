/** What a discovery document or a key set may be long; the longest that are known have some ten thousand characters. */
const MAX_DOCUMENT_BYTES = 512 * 1024;
/** A provider may move its documents, within its own host. */
const MAX_REDIRECTS = 3;

/**
 * Fetches a document of an identity provider: nothing longer than {@link MAX_DOCUMENT_BYTES}, and from no other origin than the one that was asked,
 * whatever it redirects to.
 * @param init its signal bounds all of it
 * @throws Error when the provider cannot be reached, redirects elsewhere or says too much
 */
export async function boundedFetch(url: string, init: RequestInit): Promise<Response> {
  let target = new URL(url);
  for (let redirects = 0; ; redirects += 1) {
    const response = await fetch(target, { ...init, redirect: 'manual' });
    const location = response.headers.get('location');
    if (response.status < 300 || response.status >= 400 || location === null)
      return withBody(response, await boundedText(response));
    await response.body?.cancel();
    const next = new URL(location, target);
    if (next.origin !== target.origin) throw new Error(`${target.origin} redirects to another origin.`);
    if (redirects === MAX_REDIRECTS) throw new Error(`${target.origin} redirects too often.`);
    target = next;
  }
}

async function boundedText(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  // Leaving the loop closes the body.
  for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    length += part.byteLength;
    if (length > MAX_DOCUMENT_BYTES) throw new Error('The document of the provider is too long.');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function withBody({ status, headers }: Response, text: string): Response {
  const hasBody = status !== 204 && status !== 205 && status !== 304;
  const type = headers.get('content-type') ?? 'application/json';
  return new Response(hasBody ? text : null, { status, headers: { 'content-type': type } });
}
