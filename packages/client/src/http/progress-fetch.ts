import type { Fetch } from './transport.js';

type OnProgress = (sentBytes: number, bytes: number) => void;

/** The part of browsers' `XMLHttpRequest` that is used. */
interface ProgressRequest {
  responseType: string;
  readonly status: number;
  readonly response: unknown;
  readonly upload: { onprogress: (event: { readonly loaded: number; readonly total: number }) => void };
  onload: () => void;
  onerror: () => void;
  onabort: () => void;
  onloadend: () => void;
  open(method: string, url: string): void;
  setRequestHeader(name: string, value: string): void;
  getAllResponseHeaders(): string;
  send(body: unknown): void;
  abort(): void;
}

/**
 * A fetch that tells how much of its body has gone out. Browsers tell that of their old requests only; where there are none (Node) it is the
 * platform's fetch, and nothing is told.
 */
export function progressFetch(onProgress: OnProgress): Fetch {
  const { XMLHttpRequest } = globalThis as unknown as { XMLHttpRequest?: new () => ProgressRequest };
  if (XMLHttpRequest === undefined) return (input, init) => fetch(input, init);
  return (input, init = {}) => send(new XMLHttpRequest(), input, init, onProgress);
}

function send(
  request: ProgressRequest,
  input: string,
  init: RequestInit,
  onProgress: OnProgress,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const { signal } = init;
    const onAbort = (): void => {
      request.abort();
    };
    const abandon = (): void => {
      reject(new DOMException('The request was aborted.', 'AbortError'));
    };
    request.open(init.method ?? 'GET', input);
    request.responseType = 'blob';
    for (const [name, value] of Object.entries(init.headers as Record<string, string>))
      request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded, total }) => {
      onProgress(loaded, total);
    };
    request.onload = () => {
      resolve(responseOf(request));
    };
    request.onerror = () => {
      reject(new TypeError('Failed to fetch'));
    };
    request.onabort = abandon;
    request.onloadend = () => signal?.removeEventListener('abort', onAbort);
    if (signal?.aborted === true) {
      abandon();
      return;
    }
    signal?.addEventListener('abort', onAbort, { once: true });
    request.send(init.body);
  });
}

function responseOf(request: ProgressRequest): Response {
  const headers = new Headers();
  for (const line of request.getAllResponseHeaders().trim().split(/\r?\n/)) {
    const [name = '', ...value] = line.split(':');
    if (name !== '') headers.append(name, value.join(':').trim());
  }
  // A status without a body must have none.
  const body = request.status === 204 ? null : (request.response as Blob);
  return new Response(body, { status: request.status, headers });
}
