import { upstream } from './behaviours.js';
import type { ReplayServer } from './replay-server.js';

type Behaviour = ReturnType<typeof upstream.events>;

/** A tool that a model wants its client to run. */
export interface WantedTool {
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
}

/** A piece of a chat completion. */
export function chunk(delta: object, finish_reason: string | null = null): object {
  return { id: 'c', choices: [{ index: 0, delta, finish_reason }] };
}

/** A model that answers in words. */
export function says(text: string): Behaviour {
  return upstream.events(chunk({ content: text }), chunk({}, 'stop'), '[DONE]');
}

/** A model that wants tools, its arguments piece by piece, as OpenAI sends them. */
export function calls(tools: readonly WantedTool[], text = ''): Behaviour {
  const pieces = tools.flatMap(({ id, name, arguments: json }, index) => [
    chunk({ tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] }),
    ...[json.slice(0, 4), json.slice(4)].map((piece) =>
      chunk({ tool_calls: [{ index, function: { arguments: piece } }] }),
    ),
  ]);
  return upstream.events(
    ...(text === '' ? [] : [chunk({ content: text })]),
    ...pieces,
    chunk({}, 'tool_calls'),
    '[DONE]',
  );
}

/** The body of the request that a model has got, the last one unless said otherwise. */
export function sentTo(model: ReplayServer, index = -1): Record<string, unknown> {
  return model.requests.at(index)?.body ?? {};
}
