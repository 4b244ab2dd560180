import type { TollgateClient } from '@tollgate/client';
import { credits } from './answer-display.js';
import { bold, dim, printable } from './terminal.js';

const SESSIONS_SHOWN = 20;

function print(json: boolean, value: unknown, lines: readonly string[]): void {
  process.stdout.write(json ? `${JSON.stringify(value)}\n` : lines.map((line) => `${line}\n`).join(''));
}

export async function showBalance(client: TollgateClient, json: boolean): Promise<void> {
  const balance = await client.accounting.balance();
  const held = balance.held > 0 ? `, ${balance.held} held` : '';
  print(json, balance, [`${balance.available} credits available${held}`]);
}

export async function showUsage(client: TollgateClient, json: boolean): Promise<void> {
  const report = await client.accounting.usage();
  const rows = report.data.map(
    ({ day, credits, turns }) =>
      `${day ?? ''}  ${String(credits).padStart(6)} credits  ${String(turns).padStart(5)} turns`,
  );
  print(json, report, rows.length === 0 ? ['Nothing was charged in the last 30 days.'] : rows);
}

export async function showChatflows(client: TollgateClient, json: boolean): Promise<void> {
  const chatflows = await client.chatflows.list();
  const width = Math.max(...chatflows.map(({ id }) => id.length), 0);
  const rows = chatflows.map(
    ({ id, name, price, disabled }) =>
      `${id.padEnd(width)}  ${dim(credits(price.credits))}  ${printable(name)}${disabled === true ? dim(' (disabled)') : ''}`,
  );
  print(json, chatflows, rows.length === 0 ? ['There is nothing that you may ask.'] : rows);
}

/** Lists conversations, newest first, or shows the messages of one. */
export async function showHistory(
  client: TollgateClient,
  json: boolean,
  sessionId: string | undefined,
): Promise<void> {
  if (sessionId === undefined) {
    const page = await client.sessions.list({ limit: SESSIONS_SHOWN });
    const rows = page.data.map(
      ({ id, topic, updatedAt }) =>
        `${id}  ${dim(new Date(updatedAt).toLocaleString())}  ${printable(topic)}`,
    );
    print(json, page, rows.length === 0 ? ['There are no conversations yet.'] : rows);
    return;
  }
  const messages = [];
  for await (const message of client.sessions.allMessages(sessionId)) messages.push(message);
  print(
    json,
    messages,
    messages.flatMap(({ role, content, status }) => [
      bold(role === 'user' ? 'You' : `Assistant${status === 'completed' ? '' : ` (${status})`}`),
      printable(content),
      '',
    ]),
  );
}
