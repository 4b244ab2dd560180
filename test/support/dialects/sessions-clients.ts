import { seen, type ClientSetup, type DialectClient } from './dialect-client.js';

interface Chunk {
  readonly type: 'start' | 'token' | 'end' | 'error';
  readonly content?: string;
  readonly error?: string;
}

/** `sendMessageStream` as the sessions document describes it: a buffered reader of `data: ` frames over plain fetch. */
export async function sendMessageStream(
  url: string,
  token: string,
  message: { readonly content: string; readonly role: 'user' },
  onChunk: (chunk: Chunk) => void,
): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
    body: JSON.stringify(message),
  });
  if (!response.ok || response.body === null) throw new Error(`HTTP ${response.status}`);
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let buffer = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    buffer += decoder.decode(value, { stream: true });
    const frames = buffer.split('\n\n');
    buffer = frames.pop() ?? '';
    for (const frame of frames) {
      if (frame.startsWith('data: ')) onChunk(JSON.parse(frame.slice('data: '.length)) as Chunk);
    }
  }
}

export const sessionsPage: DialectClient = {
  name: 'sessions page, sendMessageStream',
  streams: true,
  cannot: {
    stop: 'its reader takes no signal',
    files: 'the format has no place for them',
    resume: 'it asks again, which attaches',
  },
  ask: (setup, question, asking = {}) =>
    seen(async (say) => {
      const { url, token } = setup;
      const path = `${url}/sessions/${asking.session ?? (await openSession(setup))}/messages/stream`;
      let failure: string | undefined;
      await sendMessageStream(path, token, { content: question, role: 'user' }, (chunk) => {
        if (chunk.type === 'token') say(chunk.content ?? '');
        else if (chunk.type === 'error') failure = chunk.error;
      });
      if (failure !== undefined) throw new Error(failure);
    }, asking),
};

async function openSession({ url, token }: ClientSetup): Promise<string> {
  const opened = await fetch(`${url}/sessions`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
    body: '{}',
  });
  if (!opened.ok) throw new Error(`HTTP ${opened.status}`);
  return ((await opened.json()) as { id: string }).id;
}
