// The floor: bytes from upstream to client, nothing understood, nothing promised.
import { Agent, createServer, request as httpRequest } from 'node:http';

const UPSTREAM = process.env.UPSTREAM_URL;
const agent = new Agent({ keepAlive: true });

const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const { chatflow_id: flow } = JSON.parse(Buffer.concat(chunks).toString());
    const upstream = httpRequest(
      `${UPSTREAM}/api/v1/prediction/${flow}`,
      { method: 'POST', agent, headers: { 'content-type': 'application/json' } },
      (answer) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        answer.pipe(response);
      },
    );
    response.on('close', () => upstream.destroy());
    upstream.on('error', () => response.destroy());
    upstream.end('{"streaming":true}');
  });
});
server.listen(0, '127.0.0.1', () =>
  process.stdout.write(`READY http://127.0.0.1:${server.address().port}\n`),
);
process.on('SIGTERM', () => process.exit(0));
