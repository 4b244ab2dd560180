/** How Swagger describes the header of every operation that starts a turn. */
export const IDEMPOTENCY_HEADER = {
  name: 'Idempotency-Key',
  required: false,
  description:
    'A retry with the same key and body attaches to the turn that the first request started; it is charged once. Any text of your own, for example a UUID, new for every question. Keys live 24 hours.',
};
