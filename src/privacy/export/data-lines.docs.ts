import type { ApiResponseNoStatusOptions } from '@nestjs/swagger';

const EXAMPLE = [
  '{"type":"profile","id":"0199a1c2-5555-7abc-8def-000000000005","kind":"own","email":"ada@example.com","roles":["user"],"createdAt":"2026-01-31T12:00:00.000Z"}',
  '{"type":"session","id":"shopping","chatflowId":"assistant","topic":"Add a task to buy milk","messageCount":2,"createdAt":"2026-11-21T10:00:00.000Z","updatedAt":"2026-11-21T10:00:03.000Z"}',
  '{"type":"end","lines":2}',
].join('\n');

/** What a download of a user's data is, for the OpenAPI document. */
export const DATA_LINES: ApiResponseNoStatusOptions = {
  description: 'Lines of JSON.',
  content: { 'application/x-ndjson': { schema: { type: 'string' }, example: EXAMPLE } },
};
