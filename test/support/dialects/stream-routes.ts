import type { StreamRequest } from '../event-stream.js';
import type { ClientSetup } from './dialect-client.js';

/** Who asks, and in which session. */
export interface Asking extends ClientSetup {
  readonly sessionId: string;
}

/** A route that streams, and the rules of its frames. */
export interface StreamRoute {
  readonly name: string;
  /** The path and the body of a question. */
  ask(asking: Asking): { readonly path: string; readonly body: object };
  /** For routes that only follow: where, once a turn has been started by `ask`. */
  follow?(asking: Asking, turnId: string): string;
  /** One whole frame with its data as the group `data`. */
  readonly frame: RegExp;
  readonly heartbeat: string;
  /** How the stream begins. */
  readonly begin: RegExp;
  /** How the stream of a turn that completed ends. */
  readonly completed: RegExp;
  /** How the stream of any other turn ends. */
  readonly failed: RegExp;
  /** Whether the connection breaks off behind a failure. */
  readonly breaksOff?: boolean;
  /** Whether a repeated request with `Last-Event-ID` goes on behind it. */
  readonly resumes?: boolean;
}

const IDS = /id: \d+\ndata: (?<data>[^\n]+)\n\n/y;
const SOME_IDS = /(?:id: \d+\n)?data: (?<data>[^\n]+)\n\n/y;
const DATA_ONLY = /data: (?<data>[^\n]+)\n\n/y;
const FLOWISE = /message:\ndata:(?<data>[^ \n][^\n]*)\n\n/y;
const NAMED = /event: (?<event>[a-z_.]+)\ndata: (?<data>\{"type":"\k<event>",[^\n]+)\n\n/y;
const QUESTION = 'Hi';

const predict = {
  ask: ({ chatflowId, sessionId }: Asking) => ({
    path: '/predict/stream/store',
    body: { question: QUESTION, chatflow_id: chatflowId, sessionId },
  }),
  frame: IDS,
  heartbeat: ': hb\n',
  begin: /^id: 1\ndata: \{"event":"session_id",/,
  completed: /\{"event":"metadata",[^\n]+\n\nid: \d+\ndata: \{"event":"end","data":"\[DONE\]"\}\n\n$/,
  failed: /\{"event":"error",[^\n]+\n\nid: \d+\ndata: \{"event":"end","data":"\[DONE\]"\}\n\n$/,
} as const;

const todo = {
  frame: DATA_ONLY,
  heartbeat: ': hb\n\n',
  begin: /^data: \{"type":"start",/,
  completed: /data: \{"type":"done"\}\n\ndata: \[DONE\]\n\n$/,
  failed: /data: \{"type":"error",[^\n]+\n\ndata: \[DONE\]\n\n$/,
  breaksOff: true,
} as const;

const aiSdk = {
  ask: ({ chatflowId, sessionId }: Asking) => ({
    path: '/api/chat',
    body: {
      id: sessionId,
      chatflowId,
      messages: [{ id: 'm', role: 'user', parts: [{ type: 'text', text: QUESTION }] }],
      trigger: 'submit-message',
    },
  }),
  frame: SOME_IDS,
  heartbeat: ': hb\n',
  begin: /^data: \{"type":"start",/,
  completed: /data: \{"type":"finish",[^\n]+\n\ndata: \[DONE\]\n\n$/,
  failed: /data: \{"type":"error",[^\n]+\n\n$/,
} as const;

/** Every route of the application that answers an event stream; `framing.spec.ts` compares with the OpenAPI document. */
export const STREAM_ROUTES: readonly StreamRoute[] = [
  { name: 'POST /predict/stream/store', ...predict, resumes: true },
  { name: 'GET /turns/{turnId}/stream', ...predict, follow: (_asking, turnId) => `/turns/${turnId}/stream` },
  {
    name: 'POST /api/v1/prediction/{chatflowId}',
    ask: ({ chatflowId, sessionId }) => ({
      path: `/api/v1/prediction/${chatflowId}`,
      body: { question: QUESTION, streaming: true, overrideConfig: { sessionId } },
    }),
    frame: FLOWISE,
    heartbeat: ': hb\n',
    begin: /^message:\ndata:\{"event":"start",/,
    completed: /data:\{"event":"metadata",[^\n]+\n\nmessage:\ndata:\{"event":"end","data":"\[DONE\]"\}\n\n$/,
    failed: /data:\{"event":"error",[^\n]+\n\nmessage:\ndata:\{"event":"end","data":"\[DONE\]"\}\n\n$/,
  },
  {
    name: 'POST /v1/chat/completions',
    ask: ({ chatflowId }) => ({
      path: '/v1/chat/completions',
      body: { model: chatflowId, messages: [{ role: 'user', content: QUESTION }], stream: true },
    }),
    frame: DATA_ONLY,
    heartbeat: ': hb\n',
    begin: /^data: \{"id":"chatcmpl-/,
    completed: /"finish_reason":"stop"\}\]\}\n\ndata: \[DONE\]\n\n$/,
    failed: /data: \{"error":[^\n]+\n\n$/,
  },
  {
    name: 'POST /v1/responses',
    ask: ({ chatflowId }) => ({
      path: '/v1/responses',
      body: { model: chatflowId, input: QUESTION, stream: true },
    }),
    frame: NAMED,
    heartbeat: ': hb\n',
    begin: /^event: response\.created\n/,
    completed: /event: response\.completed\n[^\n]+\n\n$/,
    failed: /event: response\.failed\n[^\n]+\n\nevent: error\n[^\n]+\n\n$/,
  },
  {
    name: 'POST /api/{userId}/chat/stream',
    ask: ({ userId, sessionId }) => ({
      path: `/api/${userId}/chat/stream`,
      body: { message: QUESTION, conversation_id: sessionId },
    }),
    ...todo,
  },
  {
    name: 'POST /api/{userId}/chat/stream-tools',
    ask: ({ userId, sessionId }) => ({
      path: `/api/${userId}/chat/stream-tools`,
      body: { message: QUESTION, conversation_id: sessionId },
    }),
    ...todo,
    begin: /^data: \{"type":"start",[^\n]+\n\ndata: \{"type":"thinking","message":"[^"]+"\}\n\n/,
  },
  {
    name: 'POST /sessions/{sessionId}/messages/stream',
    ask: ({ sessionId }) => ({
      path: `/sessions/${sessionId}/messages/stream`,
      body: { content: QUESTION, role: 'user' },
    }),
    frame: DATA_ONLY,
    heartbeat: ': hb\n\n',
    begin: /^data: \{"type":"start",/,
    completed: /data: \{"type":"end",[^\n]+\n\n$/,
    failed: /data: \{"type":"error",[^\n]+\n\n$/,
  },
  { name: 'POST /api/chat', ...aiSdk, resumes: true },
  { name: 'GET /api/chat/{id}/stream', ...aiSdk, follow: ({ sessionId }) => `/api/chat/${sessionId}/stream` },
  {
    name: 'POST /api/v2/answer/stream',
    ask: ({ sessionId }) => ({
      path: '/api/v2/answer/stream',
      body: { question: QUESTION, bucketIds: [], threadId: sessionId },
    }),
    frame: DATA_ONLY,
    heartbeat: ': hb\n',
    begin: /^data: \{"status":"success",/,
    completed: /"is_final_event":true\}\}\n\n$/,
    failed: /data: \{"status":"error",[^\n]+\n\n$/,
    breaksOff: true,
  },
  {
    name: 'POST /agui/{chatflowId}',
    ask: ({ chatflowId, sessionId }) => ({
      path: `/agui/${chatflowId}`,
      body: {
        threadId: sessionId,
        runId: 'r',
        messages: [{ id: 'm', role: 'user', content: QUESTION }],
        state: {},
        tools: [],
        context: [],
        forwardedProps: {},
      },
    }),
    frame: DATA_ONLY,
    heartbeat: ': hb\n',
    begin: /^data: \{"type":"RUN_STARTED",/,
    completed: /data: \{"type":"RUN_FINISHED",[^\n]+\n\n$/,
    failed: /data: \{"type":"RUN_ERROR",[^\n]+\n\n$/,
  },
];

/** The request that asks. */
export function requestOf(route: StreamRoute, asking: Asking): StreamRequest & { readonly path: string } {
  return { ...route.ask(asking), method: 'POST', token: asking.token };
}
