import type { WireAnswer } from '../fuzz/wire.js';

/** What differs between any two answers. */
const HEADERS_OF_THE_MOMENT = [
  'date',
  'x-request-id',
  'content-length',
  'x-error-id',
  'ratelimit',
  'x-turn-id',
  'x-session-id',
];
const UUID = /[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}/gi;
/** An API key, or the beginning of one. */
const KEY = /\btg_[\w-]{7,43}/g;
const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g;
const EPOCH = /\b1\d{9}(?:\d{3})?\b/g;

/** An answer without what differs between any two, so that two can be compared. */
export interface NormalAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}

/** @param ids that were sent, each of which stands for the id that was asked for */
export function normalAnswer({ status, headers, body }: WireAnswer, ids: readonly string[]): NormalAnswer {
  const plain = (text: string): string =>
    ids
      .flatMap((id) => [id, encodeURIComponent(id)])
      .sort((a, b) => b.length - a.length)
      .reduce((all, id) => all.replaceAll(id, '<id>'), text)
      .replace(UUID, '<id>')
      .replace(KEY, '<key>')
      .replace(TIME, '<time>')
      .replace(EPOCH, '<time>');
  const kept = Object.entries(headers).filter(([name]) => !HEADERS_OF_THE_MOMENT.includes(name));
  const isStream = String(headers['content-type']).startsWith('text/event-stream');
  return {
    status,
    headers: {
      ...Object.fromEntries(kept.map(([name, value]) => [name, plain(String(value))])),
      present: Object.keys(headers)
        .filter((name) => HEADERS_OF_THE_MOMENT.includes(name))
        .sort(),
    },
    body: isStream ? shapesIn(plain(body)) : plain(body),
  };
}

/** The shapes of the events in their order; how many pieces a text comes in is nobody's promise. */
function shapesIn(body: string): string[] {
  const shapes = [...body.matchAll(/^data: ?(.*)$/gm)].map(([, data = '']) =>
    data.replace(/"(?:delta|text|content|data)":"(?:[^"\\]|\\.)*"/g, '"text":""'),
  );
  return shapes
    .map((shape) => shape.replace(/:\d+/g, ':0'))
    .filter((shape, at, all) => shape !== all[at - 1]);
}
