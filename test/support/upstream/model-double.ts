import { randomUUID } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sse } from './behaviours.js';

type Json = Readonly<Record<string, unknown>>;
interface Message {
  readonly role: string;
  readonly content?: unknown;
  readonly tool_calls?: readonly { readonly id: string }[];
  readonly tool_call_id?: string;
}
interface Tool {
  readonly function: { readonly name: string; readonly parameters?: Schema };
}
interface Schema {
  readonly properties?: Readonly<Record<string, unknown>>;
}
export interface ModelRequest {
  readonly model: string;
  readonly messages: readonly Message[];
  readonly tools?: readonly Tool[];
  readonly tool_choice?: unknown;
  readonly response_format?: { readonly type: string; readonly json_schema?: { readonly schema?: Schema } };
  readonly stream_options?: { readonly include_usage?: boolean };
}

/** A model behind Chat Completions that acts as models do, on whatever it is asked. */
export interface ModelDouble {
  /** With `/v1`. */
  readonly baseUrl: string;
  readonly requests: readonly ModelRequest[];
  /** Of the same requests. */
  readonly headers: readonly IncomingHttpHeaders[];
  close(): Promise<void>;
}

export const MODEL_USAGE = { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 } as const;

/**
 * Starts a model that reads its request: it calls a tool when it has to or when the question names one, answers in JSON when a format is
 * asked for, tells what its tools have said, and else what the user has. A conversation that OpenAI would refuse is a 400.
 * @param knows values for the members of arguments and formats, by name
 */
export async function startModelDouble(knows: Json = {}): Promise<ModelDouble> {
  const requests: ModelRequest[] = [];
  const headers: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    readJson(request).then(
      (body) => {
        requests.push(body);
        headers.push(request.headers);
        answer(body, knows, response);
      },
      (error: unknown) => response.destroy(error as Error),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    headers,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

async function readJson(request: IncomingMessage): Promise<ModelRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as ModelRequest;
}

function answer(request: ModelRequest, knows: Json, response: ServerResponse): void {
  const fault = faultIn(request.messages);
  if (fault !== undefined) {
    response.writeHead(400, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ error: { message: fault, type: 'invalid_request_error' } }));
    return;
  }
  const { deltas, finish } = replyTo(request, knows);
  const chunk = (delta: object, finish_reason: string | null = null) => ({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1,
    model: request.model,
    choices: [{ index: 0, delta, finish_reason }],
  });
  const counts = { ...chunk({}), choices: [], usage: MODEL_USAGE };
  const events = [
    chunk({ role: 'assistant', content: '' }),
    ...deltas.map((delta) => chunk(delta)),
    chunk({}, finish),
    ...(request.stream_options?.include_usage === true ? [counts] : []),
    '[DONE]',
  ];
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.end(events.map(sse).join(''));
}

function replyTo(request: ModelRequest, knows: Json): { deltas: readonly object[]; finish: string } {
  const last = request.messages.at(-1);
  if (last?.role === 'tool') return says(`It said: ${textIn(last)}`);
  const tool = toolFor(request, textIn(last));
  if (tool !== undefined) {
    const { name, parameters } = tool.function;
    const json = JSON.stringify(fill(parameters, knows));
    // Ids are new for each call, and arguments come in pieces.
    const id = `call_${randomUUID()}`;
    const piece = (members: object, args: string) => ({
      tool_calls: [
        { index: 0, ...members, function: { ...(members === NOTHING ? {} : { name }), arguments: args } },
      ],
    });
    const half = json.length >> 1;
    return {
      deltas: [
        piece({ id, type: 'function' }, ''),
        piece(NOTHING, json.slice(0, half)),
        piece(NOTHING, json.slice(half)),
      ],
      finish: 'tool_calls',
    };
  }
  const { response_format: format } = request;
  if (format?.type === 'json_schema') return says(JSON.stringify(fill(format.json_schema?.schema, knows)));
  return format?.type === 'json_object' ? says(JSON.stringify(knows)) : says(`You said: ${textIn(last)}`);
}

const NOTHING = {};

function says(text: string): { deltas: readonly object[]; finish: string } {
  const words = text.match(/\S+\s*/g) ?? [text];
  return { deltas: words.map((content) => ({ content })), finish: 'stop' };
}

function toolFor({ tools = [], tool_choice: choice }: ModelRequest, question: string): Tool | undefined {
  if (choice === 'none') return undefined;
  if (typeof choice === 'object' && choice !== null) {
    const { name } = (choice as Tool).function;
    return tools.find((tool) => tool.function.name === name);
  }
  const named = tools.find((tool) => question.includes(tool.function.name));
  return named ?? (choice === 'required' ? tools[0] : undefined);
}

function fill(schema: Schema | undefined, knows: Json): Json {
  return Object.fromEntries(Object.keys(schema?.properties ?? {}).map((name) => [name, knows[name]]));
}

/** What OpenAI says of tools whose calls and results don't belong together. */
function faultIn(messages: readonly Message[]): string | undefined {
  let open = new Set<string>();
  for (const { role, tool_calls: calls, tool_call_id: id = '' } of messages) {
    if (role === 'tool') {
      if (!open.delete(id)) return `'tool' must answer a preceding message with 'tool_calls': ${id}`;
    } else {
      if (open.size > 0) return `'tool_call_ids' did not have response messages: ${[...open].join()}`;
      open = new Set(calls?.map((call) => call.id));
    }
  }
  return open.size > 0 ? `'tool_call_ids' did not have response messages: ${[...open].join()}` : undefined;
}

function textIn(message: Message | undefined): string {
  const content = message?.content;
  if (typeof content === 'string') return content;
  const parts = (Array.isArray(content) ? content : []) as { readonly text?: string }[];
  return parts.map(({ text = '' }) => text).join('');
}
