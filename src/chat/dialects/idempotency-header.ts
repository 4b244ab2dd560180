/** How Swagger describes the header of every operation that starts a turn. */
export const IDEMPOTENCY_HEADER = {
  name: 'Idempotency-Key',
  required: false,
  description:
    'A retry with the same key and body attaches to the turn that the first request started; it is charged once. Keys live 24 hours.',
  example: '"8e03978e-40d5-43e8-bc93-6894a57f9324"',
};
