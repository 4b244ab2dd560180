import { EventStreamContentType, fetchEventSource } from '@microsoft/fetch-event-source';
import flowiseSdk from 'flowise-sdk';
import { member, seen, type ClientFile, type DialectClient } from './dialect-client.js';

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

const uploadsOf = (file: ClientFile | undefined) =>
  member('uploads', file && [{ type: 'file', name: file.name, data: file.dataUrl, mime: file.mime }]);
const configOf = (sessionId: string | undefined) =>
  member('overrideConfig', sessionId === undefined ? undefined : { sessionId });

export const flowiseSdkStreaming: DialectClient = {
  name: 'flowise-sdk 1.0.9, streaming',
  streams: true,
  cannot: {
    stop: 'it takes no signal, and its reader leaves the connection open',
    resume: 'it reads its stream once',
  },
  ask: ({ url, token, chatflowId }, question, asking = {}) =>
    seen(async (say) => {
      const client = new FlowiseClient({ baseUrl: url, apiKey: token });
      const events = await client.createPrediction({
        chatflowId,
        question,
        streaming: true,
        ...uploadsOf(asking.file),
        ...configOf(asking.session),
      });
      for await (const event of events as AsyncIterable<FlowiseEvent>) follow(event, say);
    }, asking),
};

export const flowiseSdkWhole: DialectClient = {
  name: 'flowise-sdk 1.0.9, not streaming',
  streams: false,
  cannot: { stop: 'it takes no signal', resume: 'it asks once' },
  ask: ({ url, token, chatflowId }, question, asking = {}) =>
    seen(async (say) => {
      const client = new FlowiseClient({ baseUrl: url, apiKey: token });
      // The client hands out whatever JSON came; an answer has a text, an error `success: false`.
      const answer = (await client.createPrediction({
        chatflowId,
        question,
        ...uploadsOf(asking.file),
        ...configOf(asking.session),
      })) as Record<string, unknown>;
      if (answer.success === false) throw new Error(String(answer.message));
      say(String(answer.text));
    }, asking),
};

/** As Flowise's embedded chat reads. */
export const flowiseEmbed: DialectClient = {
  name: '@microsoft/fetch-event-source 2.0.1, Flowise prediction',
  streams: true,
  cannot: { resume: 'its onerror throws, as in Flowise’s embeds' },
  ask: ({ url, token, chatflowId }, question, asking = {}) =>
    seen(async (say) => {
      const body = { question, streaming: true, ...uploadsOf(asking.file), ...configOf(asking.session) };
      await fetchEventSource(`${url}/api/v1/prediction/${chatflowId}`, {
        ...post(body, token),
        ...member('signal', asking.signal),
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
    }, asking),
};

/**
 * As a page reads that knows nothing but the examples of this library: without `onerror`, whatever goes wrong while it reads makes the
 * library ask again after a second. Unless a connection was to break, that is an error of its own here.
 */
export const predictPage: DialectClient = {
  name: '@microsoft/fetch-event-source 2.0.1, predict',
  streams: true,
  ask: async ({ url, token, chatflowId }, question, asking = {}) => {
    const leaving = new AbortController();
    asking.signal?.addEventListener('abort', () => {
      leaving.abort();
    });
    let refusal: string | undefined;
    let asked = 0;
    const answer = await seen(async (say) => {
      const body = {
        question,
        chatflow_id: chatflowId,
        ...uploadsOf(asking.file),
        ...member('sessionId', asking.session),
      };
      await fetchEventSource(`${url}/predict/stream/store`, {
        ...post(body, token),
        signal: leaving.signal,
        fetch: (input, init) => {
          asked++;
          if (asked > 1 && asking.resumes !== true) leaving.abort();
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
    }, asking);
    if (asked > 1 && asking.resumes !== true) throw new Error(`It asked ${asked} times`);
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
