import { EventStreamContentType, fetchEventSource } from '@microsoft/fetch-event-source';
import flowiseSdk from 'flowise-sdk';
import { seen, type ClientSetup, type DialectClient } from './dialect-client.js';

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

/** As Flowise's embedded chat reads: every message is JSON. */
function embed(
  name: string,
  path: (chatflowId: string) => string,
  body: (setup: ClientSetup) => object,
): DialectClient {
  return {
    name,
    streams: true,
    ask: (setup, question, onText) =>
      seen(async (say) => {
        await fetchEventSource(setup.url + path(setup.chatflowId), {
          method: 'POST',
          headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${setup.token}` },
          body: JSON.stringify({ question, ...body(setup) }),
          openWhenHidden: true,
          fetch,
          onopen: async (response) => {
            if (response.ok && response.headers.get('content-type')?.startsWith(EventStreamContentType))
              return;
            throw new Error(String(response.status));
          },
          onmessage: (message) => {
            // Nest begins a stream with an empty line, which this reader takes for an empty message.
            if (message.data !== '') follow(JSON.parse(message.data) as FlowiseEvent, say);
          },
          onerror: (error) => {
            throw error as Error;
          },
        });
      }, onText),
  };
}

export const flowiseEmbed = embed(
  '@microsoft/fetch-event-source 2.0.1, Flowise prediction',
  (chatflowId) => `/api/v1/prediction/${chatflowId}`,
  () => ({ streaming: true }),
);

export const predictPage = embed(
  '@microsoft/fetch-event-source 2.0.1, predict',
  () => '/predict/stream/store',
  ({ chatflowId }) => ({ chatflow_id: chatflowId }),
);
