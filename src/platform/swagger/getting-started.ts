/** Shown above the operations in Swagger UI (Markdown). */
export const GETTING_STARTED = `
Tollgate stands between chat clients and whatever answers: it knows who asks, whether they may, and what it costs; it streams the
answer and settles the charge. **An answer whose end the client saw is stored, and charged exactly once; every other hold goes back.**

### Getting started
1. \`POST /auth/login\` with the demo credentials that the server printed at its first start (or \`POST /auth/register\`).
2. Press **Authorize** and paste the \`access_token\` under *bearer*. Swagger UI keeps it.
3. \`POST /predict/stream/store\` with \`{"chatflow_id":"assistant","question":"Add a task to buy milk"}\` streams an answer as
   server-sent events. Swagger UI shows a stream only after its end; \`curl -N\` shows it as it comes.
4. \`GET /sessions\` and \`GET /sessions/{id}/messages\` read it back; \`GET /accounting/balance\` shows what it cost.

### Rules that hold everywhere
- Errors are \`application/problem+json\` (RFC 9457). Switch on \`code\`, quote \`errorId\` when you report one.
- Once a stream has begun, errors arrive as its \`error\` event, and the stream still ends properly.
- Lists take \`limit\` and \`after\` and answer \`{data, has_more, next_cursor}\`.
- Every response carries \`x-request-id\`; a sane one that you send is kept.
- \`429\` and \`503\` say in \`Retry-After\` when to come back.
`.trim();
