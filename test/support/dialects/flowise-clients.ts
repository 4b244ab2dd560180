import { EventStreamContentType, fetchEventSource } from '@microsoft/fetch-event-source';
import flowiseSdk from 'flowise-sdk';
import { seen, type DialectClient } from './dialect-client.js';

interface FlowiseEvent {
  readonly event: string;
  readonly data: unknown;
}

const { FlowiseClient } = flowiseSdk;

/** What any Flowise client makes of an event. */
function follow({ event, data }: FlowiseEvent, say: (piece: string) => void): void {
  if (event === 'token') say(String(data));
  else if (event === 'error') throw new Error(String(data));
}

export const flowiseSdkStreaming: DialectClient = {
  name: 'flowise-sdk 1.0.9, streaming',
  streams: true,
  ask: ({ url, token, chatflowId }, question, onText) =>
    seen(async (say) => {
      const client = new FlowiseClient({ baseUrl: url, apiKey: token });
      const events = await client.createPrediction({ chatflowId, question, streaming: true });
      for await (const event of events as AsyncIterable<FlowiseEvent>) follow(event, say);
    }, onText),
};

export const flowiseSdkWhole: DialectClient = {
  name: 'flowise-sdk 1.0.9, not streaming',
  streams: false,
  ask: ({ url, token, chatflowId }, question) =>
    seen(async (say) => {
      const client = new FlowiseClient({ baseUrl: url, apiKey: token });
      // The client hands out whatever JSON came; an answer has a text, an error `success: false`.
      const answer = (await client.createPrediction({ chatflowId, question })) as Record<string, unknown>;
      if (answer.success === false) throw new Error(String(answer.message));
      say(String(answer.text));
    }),
};

/** As Flowise's embedded chat reads. */
export const flowiseEmbed: DialectClient = {
  name: '@microsoft/fetch-event-source 2.0.1, Flowise prediction',
  streams: true,
  ask: ({ url, token, chatflowId }, question, onText) =>
    seen(async (say) => {
      await fetchEventSource(`${url}/api/v1/prediction/${chatflowId}`, {
        ...post({ question, streaming: true }, token),
        onopen: async (response) => {
          if (response.ok && response.headers.get('content-type')?.startsWith(EventStreamContentType)) return;
          throw new Error(await response.text());
        },
        onmessage: (message) => {
          follow(JSON.parse(message.data) as FlowiseEvent, say);
        },
        onerror: (error) => {
          throw error as Error;
        },
      });
    }, onText),
};

/**
 * As a page reads that knows nothing but the examples of this library: without `onerror`, whatever goes wrong while it reads makes the
 * library ask again after a second. Here that is an error of its own.
 */
export const predictPage: DialectClient = {
  name: '@microsoft/fetch-event-source 2.0.1, predict',
  streams: true,
  ask: async ({ url, token, chatflowId }, question, onText) => {
    const leaving = new AbortController();
    let refusal: string | undefined;
    let asked = 0;
    const answer = await seen(async (say) => {
      await fetchEventSource(`${url}/predict/stream/store`, {
        ...post({ question, chatflow_id: chatflowId }, token),
        signal: leaving.signal,
        fetch: (input, init) => {
          asked++;
          if (asked > 1) leaving.abort();
          return fetch(input, init);
        },
        onopen: async (response) => {
          if (response.ok) return;
          refusal = ((await response.json()) as { detail: string }).detail;
          leaving.abort();
        },
        onmessage: (e) => {
          const event = JSON.parse(e.data) as FlowiseEvent;
          if (event.event === 'error') refusal = String(event.data);
          if (event.event === 'token') say(String(event.data));
        },
      });
    }, onText);
    if (asked > 1) throw new Error(`It asked ${asked} times`);
    return refusal === undefined ? answer : { ...answer, error: refusal };
  },
};

function post(body: object, token: string) {
  return {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
    openWhenHidden: true,
    fetch,
  };
}
