import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProviderEvent } from '../../../src/contract/chat-event.js';

const FOLDER = join(import.meta.dirname, '../../../src/upstream/flowise/__fixtures__');

/** A recorded answer of a Flowise 3.1 server and what it means. */
export interface FlowiseFixture {
  readonly name: string;
  readonly status: number;
  /** As recorded, names in lower case, without those that framed the recording's connection. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly golden: {
    readonly outcome: 'done' | 'failed';
    /** Whether it tells of tools or of an agent's steps. */
    readonly sawWork?: boolean;
    readonly events: readonly ProviderEvent[];
  };
}

/** The recorded answers, by name. */
export function flowiseFixtureNames(): string[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.body'))
    .map((file) => file.slice(0, -'.body'.length));
}

/** @param name the recording's name or its beginning, e.g. `07d` */
export function readFlowiseFixture(name: string): FlowiseFixture {
  const found = flowiseFixtureNames().find((one) => one === name || one.startsWith(`${name}-`));
  if (found === undefined) throw new Error(`No recorded answer is named ${name}`);
  const [statusLine = '', ...lines] = readFileSync(join(FOLDER, `${found}.head.txt`), 'utf8')
    .trim()
    .split('\n');
  const headers = Object.fromEntries(
    lines.map((line) => [
      line.slice(0, line.indexOf(':')).toLowerCase(),
      line.slice(line.indexOf(':') + 1).trim(),
    ]),
  );
  for (const name of ['connection', 'transfer-encoding', 'content-length', 'date']) delete headers[name];
  return {
    name: found,
    status: Number(statusLine.split(' ')[1]),
    headers,
    body: readFileSync(join(FOLDER, `${found}.body`)),
    golden: JSON.parse(readFileSync(join(FOLDER, `${found}.golden.json`), 'utf8')),
  };
}

/** The text of all `text-delta` events. */
export function textOf(events: readonly ProviderEvent[]): string {
  return events.map((event) => (event.type === 'text-delta' ? event.text : '')).join('');
}

/** Joins adjacent text, so that answers compare whatever the reads were. */
export function mergeText(events: readonly ProviderEvent[]): ProviderEvent[] {
  const merged: ProviderEvent[] = [];
  for (const event of events) {
    const last = merged.at(-1);
    if (last?.type === 'text-delta' && event.type === 'text-delta') {
      merged[merged.length - 1] = { type: 'text-delta', text: last.text + event.text };
    } else {
      merged.push(event);
    }
  }
  return merged;
}
