import type { Test } from 'supertest';
import type { DataLine } from '../../src/privacy/export/conversation-data.service.js';

/** Sends a request that is answered 200 with lines of JSON. @throws Error when it is answered otherwise */
export async function readDataLines(request: Test): Promise<DataLine[]> {
  const { body } = await request
    .buffer(true)
    .parse((response, done) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (piece: string) => (text += piece));
      response.on('end', () => done(null, text));
    })
    .expect(200)
    .expect('content-type', 'application/x-ndjson; charset=utf-8');
  const lines = String(body).trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as DataLine);
}
