// The upstream of every server under test: Flowise frames and OpenAI frames, rate and length by the workload's name.
import { createServer } from 'node:http';
import { nowNs, parseWorkload, tokenText } from './lib/workload.mjs';

const flowiseFrame = (event, data) => `message:\ndata:${JSON.stringify({ event, data })}\n\n`;
const FLOWISE = {
  token: (text) => flowiseFrame('token', text),
  end: flowiseFrame('end', '[DONE]'),
};
const openaiChunk = (delta, finish = null) =>
  `data: ${JSON.stringify({
    id: 'chatcmpl-bench',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'bench',
    choices: [{ index: 0, delta, finish_reason: finish }],
  })}\n\n`;
const OPENAI = {
  token: (text) => openaiChunk({ content: text }),
  end: `${openaiChunk({}, 'stop')}data: [DONE]\n\n`,
};

/** What answers in which chat, so that it can be stopped as Flowise's answers can. */
const running = new Map();

const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const stopped = /\/api\/v1\/chatmessage\/abort\/[^/]+\/([^/?]+)/.exec(request.url)?.[1];
    if (stopped !== undefined) {
      running.get(decodeURIComponent(stopped))?.end(FLOWISE.end);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"status":200}');
      return;
    }
    const flow = /\/api\/v1\/prediction\/([^/?]+)/.exec(request.url)?.[1];
    const dialect = flow === undefined ? OPENAI : FLOWISE;
    const body = JSON.parse(Buffer.concat(chunks).toString());
    if (body.chatId !== undefined) {
      running.set(body.chatId, response);
      response.once('close', () => running.delete(body.chatId));
    }
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
    response.flushHeaders();
    answer(response, dialect, parseWorkload(flow ?? body.model));
  });
});
server.keepAliveTimeout = 60_000;

function answer(response, dialect, { tokens, rate, hold, spread }) {
  let sent = 0;
  const finish = () => {
    if (!hold) response.end(dialect.end);
  };
  if (spread) {
    answerSpread(response, dialect, { tokens, rate, finish });
    return;
  }
  if (rate > 0) {
    const timer = setInterval(() => {
      if (response.writableEnded) return;
      response.write(dialect.token(tokenText(sent++, nowNs())));
      if (sent < tokens) return;
      clearInterval(timer);
      finish();
    }, 1000 / rate);
    response.once('close', () => clearInterval(timer));
    return;
  }
  const flood = () => {
    while (sent < tokens && !response.writableEnded) {
      // Several frames in one write, as a fast model's come in one read.
      let frames = '';
      for (let i = 0; i < 16 && sent < tokens; i++) frames += dialect.token(tokenText(sent++));
      if (!response.write(frames)) {
        response.once('drain', flood);
        return;
      }
    }
    finish();
  };
  flood();
}

/** Ticks from a random moment on, and makes up for late ones, so that the rate of many streams together is exact. */
function answerSpread(response, dialect, { tokens, rate, finish }) {
  const pauseMs = 1000 / rate;
  const firstMs = performance.now() + Math.random() * pauseMs;
  let sent = 0;
  let timer = setTimeout(tick, firstMs - performance.now());
  function tick() {
    if (response.writableEnded) return;
    response.write(dialect.token(tokenText(sent++, nowNs())));
    if (sent < tokens) timer = setTimeout(tick, firstMs + sent * pauseMs - performance.now());
    else finish();
  }
  response.once('close', () => clearTimeout(timer));
}

server.listen(0, '127.0.0.1', () =>
  process.stdout.write(`READY http://127.0.0.1:${server.address().port}\n`),
);
process.on('SIGTERM', () => process.exit(0));
// The bench is gone.
process.on('disconnect', () => process.exit(0));
