import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';
import { endWhenStalled } from '../../platform/http/end-when-stalled.js';
import { toJson } from '../../platform/json/to-json.js';
import type { DataLine } from './conversation-data.service.js';

/** Short lines go out together. */
const CHUNK_CHARACTERS = 16 * 1024;

/**
 * Writes lines of JSON as fast as the client takes them, and a last one that says how many came before: without it the download was cut short.
 * @returns once all is written
 * @throws Error when the client leaves or takes nothing any more, or what the lines throw; then the connection breaks off
 */
export async function writeLines(lines: AsyncIterable<DataLine>, response: Response): Promise<void> {
  endWhenStalled(response);
  await pipeline(Readable.from(chunksOf(lines), { objectMode: true, highWaterMark: 1 }), response);
}

async function* chunksOf(lines: AsyncIterable<DataLine>): AsyncGenerator<string> {
  let chunk = '';
  let count = 0;
  for await (const line of lines) {
    chunk += `${toJson(line)}\n`;
    count += 1;
    if (chunk.length < CHUNK_CHARACTERS) continue;
    yield chunk;
    chunk = '';
  }
  yield `${chunk}${toJson({ type: 'end', lines: count })}\n`;
}
