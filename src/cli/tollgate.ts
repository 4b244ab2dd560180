#!/usr/bin/env node
import { homedir } from 'node:os';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { TollgateClient, TollgateError } from '@tollgate/client';
import { showBalance, showChatflows, showHistory, showUsage } from './account-commands.js';
import { replierWith } from './agent-question.js';
import { ask } from './ask.js';
import { chat } from './chat.js';
import { HELP, readArguments, UsageError, type CliArguments } from './cli-arguments.js';
import { tell, type FailureContext } from './failures.js';
import { FileTokenStore } from './file-token.store.js';
import { LineReader } from './line-reader.js';
import { renewAtProvider, revokeAtProvider } from './provider-login.js';
import { signIn } from './sign-in.js';
import { say } from './terminal.js';

const EXIT = { failed: 1, usage: 2, stopped: 130 } as const;

/** How failures are told: what can be known before the arguments are read, and then what they say. */
let telling: FailureContext = { json: process.argv.includes('--json') };

async function main(): Promise<number> {
  const given = readArguments(process.argv.slice(2), process.env.TOLLGATE_URL);
  telling = given;
  if (given.command === 'help') {
    process.stdout.write(HELP);
    return 0;
  }
  const apiKey = process.env.TOLLGATE_API_KEY;
  const lines = new LineReader();
  const configHome = process.env.XDG_CONFIG_HOME ?? join(homedir(), '.config');
  const store = new FileTokenStore(join(configHome, 'tollgate', 'tokens.json'), given.url);
  const client = new TollgateClient({
    baseUrl: given.url,
    tokenStore: store,
    renew: renewAtProvider,
    ...(apiKey === undefined ? {} : { apiKey }),
  });
  try {
    if (given.command === 'logout') {
      const tokens = await store.load();
      await client.logout();
      if (tokens !== undefined) await revokeAtProvider(tokens);
      return 0;
    }
    if (given.command === 'login' || (apiKey === undefined && !(await client.isSignedIn())))
      await signIn({ client, store, given, lines });
    return await run(client, given, lines);
  } catch (error) {
    if (!(error instanceof TollgateError) || !error.is('unauthenticated') || apiKey !== undefined)
      throw error;
    // The login has ended: the next start asks for it again.
    throw new UsageError(`${error.message} Sign in with: tollgate login`);
  } finally {
    lines.close();
  }
}

async function run(client: TollgateClient, given: CliArguments, lines: LineReader): Promise<number> {
  const { command, json, text } = given;
  switch (command) {
    case 'balance':
      await showBalance(client, json);
      return 0;
    case 'usage':
      await showUsage(client, json);
      return 0;
    case 'chatflows':
      await showChatflows(client, json);
      return 0;
    case 'history':
      await showHistory(client, json, text);
      return 0;
    case 'login':
      say(`Signed in as ${(await client.me()).email ?? 'you'}.`);
      return 0;
    case 'ask':
      if (text !== undefined) return askOnce(client, given, text, lines);
      if (!process.stdin.isTTY) return askOnce(client, given, await readInput(), lines);
      await chat(client, given, lines);
      return 0;
    case 'logout':
    case 'help':
      return 0;
  }
}

async function askOnce(
  client: TollgateClient,
  given: CliArguments,
  question: string,
  lines: LineReader,
): Promise<number> {
  const isWatched = process.stdin.isTTY && !given.json;
  const { isStopped } = await ask({
    client,
    question,
    ...given,
    ...(isWatched ? { replyTo: replierWith(lines) } : {}),
  });
  return isStopped ? EXIT.stopped : 0;
}

/** The whole of a pipe is one question. @throws UsageError when it is empty */
async function readInput(): Promise<string> {
  const input = await textOf(process.stdin);
  if (input.trim() === '') throw new UsageError('There is no question.');
  return input;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    tell(error, telling);
    process.exitCode = error instanceof UsageError ? EXIT.usage : EXIT.failed;
  },
);
