import { ref } from './schemas.js';

interface Frame {
  readonly event?: unknown;
  readonly type?: unknown;
  readonly status?: unknown;
  readonly object?: unknown;
}

/**
 * Describes the answer of an operation that streams. Its schema is that of **one event**, what stands behind `data:`, and not of the whole
 * body: OpenAPI 3.1 has no word for either, and this is how OpenAI's own document and the generators have it that read events.
 * @param schema name of the schema of an event
 * @param example a whole stream as it comes, whose events become the examples
 */
export function eventStream(schema: string, example: string) {
  return { 'text/event-stream': { schema: ref(schema), examples: examplesOf(example) } };
}

/** For the description of the answer. */
export function eventStreamDescription(schema: string, example: string): string {
  return `Server-sent events: the data of each is one \`${schema}\`. As it comes:\n\n\`\`\`\n${example.trimEnd()}\n\`\`\``;
}

/** Each kind of event once. */
function examplesOf(example: string): Record<string, { readonly value: unknown }> {
  const examples: Record<string, { readonly value: unknown }> = {};
  for (const [, data = ''] of example.matchAll(/^data: ?(.+)$/gm)) {
    const value: unknown = data.startsWith('{') ? JSON.parse(data) : data;
    const { event, type, object, status } = value as Frame;
    const name = [event, type, object, status].find((one) => typeof one === 'string');
    examples[typeof name === 'string' ? name.replaceAll(/[^\w.-]/g, '_') : 'done'] ??= { value };
  }
  return examples;
}
