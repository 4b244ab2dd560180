import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { seen, type ClientSetup, type DialectClient } from './dialect-client.js';

interface StormEvent {
  readonly status: 'success' | 'error';
  readonly data?: {
    readonly message?: { readonly content: string };
    readonly is_final_event?: boolean;
    readonly chat?: { readonly answer: string };
  };
  readonly message?: string;
}

function post({ url, token }: ClientSetup, path: string, question: string): Promise<Response> {
  return fetch(`${url}/api/v2/answer${path}`, {
    method: 'POST',
    // A key of ours, or an access token where a test has only that.
    headers: {
      'content-type': 'application/json',
      ...(token.startsWith('tg_') ? { 'storm-api-key': token } : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ question, bucketIds: [] }),
  });
}

/** The published Python client, line by line: only `data: ` lines count, and an end without the final event is a failure. */
export const stormStream: DialectClient = {
  name: 'Storm client, /api/v2/answer/stream',
  streams: true,
  ask: (setup, question, onText) =>
    seen(async (say) => {
      const response = await post(setup, '/stream', question);
      if (response.status !== 200) throw new Error(`HTTP ${response.status}: ${await response.text()}`);
      if (response.body === null) throw new Error('There is no body.');
      const body = Readable.fromWeb(response.body);
      for await (const line of createInterface({ input: body })) {
        if (!line.startsWith('data: ')) continue;
        const { status, data, message } = JSON.parse(line.slice('data: '.length)) as StormEvent;
        if (status === 'error') throw new Error(`Stream error: ${message}`);
        if (data?.message !== undefined) say(data.message.content);
        if (data?.is_final_event === true) return;
      }
      throw new Error('Stream ended unexpectedly');
    }, onText),
};

export const stormAnswer: DialectClient = {
  name: 'Storm client, /api/v2/answer',
  streams: false,
  ask: (setup, question) =>
    seen(async (say) => {
      const response = await post(setup, '', question);
      if (response.status !== 200) throw new Error(`HTTP ${response.status}: ${await response.text()}`);
      const { data } = (await response.json()) as StormEvent;
      say(data?.chat?.answer ?? '');
    }),
};
