import { sse } from '../support/upstream/behaviours.js';

const many = (count: number, make: (index: number) => unknown): unknown[] =>
  Array.from({ length: count }, (_, index) => make(index));

const tool = (index: number) => ({ tool: 'search', toolInput: { question: index }, toolOutput: '' });
const KILOBYTE = 1024;

/** Streams that are made to be hard to read: the events of each, as text. None takes more than 4 MB. */
export const ABUSIVE_EVENTS = {
  /** One delta with 20,000 pieces of tool calls. */
  toolPieces: [
    sse({ choices: [{ index: 0, delta: { tool_calls: many(20_000, toolPiece) } }] }),
    sse({ choices: [{ index: 0, delta: { tool_calls: many(500, () => toolPiece(0)) } }] }),
  ],
  /** The same in many events. */
  smallPieces: many(3, () =>
    many(10_000, () => sse({ choices: [{ index: 0, delta: { tool_calls: [toolPiece(0)] } }] })).join(''),
  ) as string[],
  flowiseTools: [
    sse({ event: 'calledTools', data: many(900, tool) }),
    sse({ event: 'usedTools', data: many(900, tool).toReversed() }),
    sse({ event: 'usedTools', data: many(12_000, tool).toReversed() }),
  ],
  flowiseSources: [
    sse({
      event: 'sourceDocuments',
      data: many(1000, (index) => ({ pageContent: `${index}`, metadata: {} })),
    }),
    sse({ event: 'sourceDocuments', data: many(30_000, () => ({ pageContent: 'x', metadata: {} })) }),
  ],
  /** A hundred events of 32,000 quotes that no bracket closes, twice. */
  quotes: many(2, () => sse(`{"event":"token","data":"${'a"'.repeat(16_000)}`).repeat(100)) as string[],
  /** Broken events that are worth a repair, far more than the budget. */
  broken: many(2, () => sse(`{"event":"token","data":"${'x'.repeat(30_000)}`).repeat(100)) as string[],
  deepEvent: [
    sse(`{"event":"agentReasoning","data":${'['.repeat(1900 * KILOBYTE)}${']'.repeat(1900 * KILOBYTE)}}`),
  ],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type AbusiveStream = keyof typeof ABUSIVE_EVENTS;

export const isAbusive = (name: string): name is AbusiveStream => Object.hasOwn(ABUSIVE_EVENTS, name);

function toolPiece(index: number): object {
  return { index, id: `call_${index}`, type: 'function', function: { name: 'add', arguments: 'x' } };
}
