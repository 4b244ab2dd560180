/** One event of a stream as a client's parser sees it. */
export interface SseFrame {
  readonly id: string | undefined;
  readonly data: string;
}

/**
 * Reads a response's event stream, frame by frame, as it comes. Comments are left out. Ends with the stream; throws when the
 * connection breaks.
 */
export async function* readSse(body: AsyncIterable<Uint8Array>): AsyncGenerator<SseFrame> {
  const decoder = new TextDecoder();
  let buffer = '';
  for await (const chunk of body) {
    buffer += decoder.decode(chunk, { stream: true });
    const blocks = buffer.split('\n\n');
    buffer = blocks.pop() ?? '';
    for (const block of blocks) {
      const frame = parse(block);
      if (frame !== undefined) yield frame;
    }
  }
}

function parse(block: string): SseFrame | undefined {
  let id: string | undefined;
  const data: string[] = [];
  for (const line of block.split('\n')) {
    if (line.startsWith('id:')) id = line.slice(3).trim();
    else if (line.startsWith('data:')) data.push(line.slice(5).replace(/^ /, ''));
  }
  return data.length === 0 ? undefined : { id, data: data.join('\n') };
}
