// What a good programmer writes in an afternoon: parse the frames, JSON.parse, re-encode, one write per event,
// backpressure honoured. No authentication, no charge, nothing stored.
import { Agent, createServer, request as httpRequest } from 'node:http';
import { StringDecoder } from 'node:string_decoder';

const UPSTREAM = process.env.UPSTREAM_URL;
const agent = new Agent({ keepAlive: true });

const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const { chatflow_id: flow } = JSON.parse(Buffer.concat(chunks).toString());
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
    });
    response.flushHeaders();
    const upstream = httpRequest(
      `${UPSTREAM}/api/v1/prediction/${flow}`,
      { method: 'POST', agent, headers: { 'content-type': 'application/json' } },
      (answer) => forward(answer, response),
    );
    response.on('close', () => upstream.destroy());
    upstream.on('error', () => response.destroy());
    upstream.end('{"streaming":true}');
  });
});

function forward(answer, response) {
  const decoder = new StringDecoder('utf8');
  let buffer = '';
  let id = 0;
  answer.on('data', (chunk) => {
    buffer += decoder.write(chunk);
    let flowing = true;
    for (let end = buffer.indexOf('\n\n'); end !== -1; end = buffer.indexOf('\n\n')) {
      const line = buffer
        .slice(0, end)
        .split('\n')
        .find((part) => part.startsWith('data:'));
      buffer = buffer.slice(end + 2);
      if (line === undefined) continue;
      const { event, data } = JSON.parse(line.slice(5));
      flowing = response.write(`id: ${++id}\ndata: ${JSON.stringify({ event, data })}\n\n`);
    }
    if (flowing) return;
    answer.pause();
    response.once('drain', () => answer.resume());
  });
  answer.on('end', () => response.end());
}
server.listen(0, '127.0.0.1', () =>
  process.stdout.write(`READY http://127.0.0.1:${server.address().port}\n`),
);
process.on('SIGTERM', () => process.exit(0));
