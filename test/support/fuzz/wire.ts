import { request, type Agent, type IncomingHttpHeaders } from 'node:http';
import { once } from 'node:events';

/** What is sent, as it goes over the wire. */
export interface WireRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}
export interface WireAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What no request line may have; everything else goes out as it is, one byte a character. */
const UNSENDABLE = /[^\u0021-\u00ff]/gu;
const UNSENDABLE_IN_HEADERS = /[^\t\u0020-\u007e\u0080-\u00ff]/gu;
/** An answer that has not come by then does not come. */
const HANGS_AFTER_MS = 60_000;

const escape = (text: string): string =>
  Buffer.from(text).reduce((all, byte) => all + `%${byte.toString(16).padStart(2, '0')}`, '');

/** @throws Error when there is no answer, or none that ends */
export async function send(
  url: string,
  { method, path, headers, body }: WireRequest,
  agent: Agent,
): Promise<WireAnswer> {
  const { hostname, port } = new URL(url);
  const signal = AbortSignal.timeout(HANGS_AFTER_MS);
  const sent = request({
    ...{ hostname, port, method, agent, signal },
    path: path.replace(UNSENDABLE, escape),
    headers: {
      ...Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [name, value.replace(UNSENDABLE_IN_HEADERS, escape)]),
      ),
      ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
    },
  });
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [import('node:http').IncomingMessage];
  response.setEncoding('utf8');
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return { status: response.statusCode ?? 0, headers: response.headers, body: text };
}
