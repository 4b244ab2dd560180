#!/usr/bin/env node
import { homedir } from 'node:os';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { TollgateClient, TollgateError } from '@tollgate/client';
import { showBalance, showHistory, showUsage } from './account-commands.js';
import { ask } from './ask.js';
import { HELP, readArguments, UsageError, type CliArguments } from './cli-arguments.js';
import { FileTokenStore } from './file-token.store.js';
import { signIn } from './sign-in.js';
import { bold, dim, prompt, red, say } from './terminal.js';

const EXIT = { failed: 1, usage: 2, stopped: 130 } as const;

async function main(): Promise<number> {
  const given = readArguments(process.argv.slice(2), process.env.TOLLGATE_URL);
  if (given.command === 'help') {
    process.stdout.write(HELP);
    return 0;
  }
  const apiKey = process.env.TOLLGATE_API_KEY;
  const configHome = process.env.XDG_CONFIG_HOME ?? join(homedir(), '.config');
  const store = new FileTokenStore(join(configHome, 'tollgate', 'tokens.json'), given.url);
  const client = new TollgateClient({
    baseUrl: given.url,
    tokenStore: store,
    ...(apiKey === undefined ? {} : { apiKey }),
  });
  try {
    if (given.command === 'logout') await client.logout();
    if (given.command === 'logout') return 0;
    if (given.command === 'login' || (apiKey === undefined && !(await client.isSignedIn())))
      await signIn(client, given.url, given.email);
    return await run(client, given);
  } catch (error) {
    if (!(error instanceof TollgateError) || !error.is('unauthenticated') || apiKey !== undefined)
      throw error;
    // The login has ended: the next start asks for it again.
    throw new UsageError(`${error.message} Sign in with: tollgate login`);
  }
}

async function run(client: TollgateClient, given: CliArguments): Promise<number> {
  const { command, json, text } = given;
  switch (command) {
    case 'balance':
      await showBalance(client, json);
      return 0;
    case 'usage':
      await showUsage(client, json);
      return 0;
    case 'history':
      await showHistory(client, json, text);
      return 0;
    case 'login':
      say(`Signed in as ${(await client.me()).email ?? 'you'}.`);
      return 0;
    case 'ask':
      if (text !== undefined) return askOnce(client, given, text);
      return process.stdin.isTTY ? chat(client, given) : askOnce(client, given, await readInput());
    case 'logout':
    case 'help':
      return 0;
  }
}

async function askOnce(client: TollgateClient, given: CliArguments, question: string): Promise<number> {
  const { isStopped } = await ask({ client, question, ...given });
  return isStopped ? EXIT.stopped : 0;
}

/** The whole of a pipe is one question. @throws UsageError when it is empty */
async function readInput(): Promise<string> {
  const input = await textOf(process.stdin);
  if (input.trim() === '') throw new UsageError('There is no question.');
  return input;
}

/** Question after question in one conversation, until the input ends. */
async function chat(client: TollgateClient, given: CliArguments): Promise<number> {
  let session = given.session;
  if (!given.json) say(dim('Ctrl-C stops an answer, Ctrl-D ends.'));
  for (;;) {
    const question = await prompt(given.json ? '' : bold('> '));
    if (question === undefined) return 0;
    if (question.trim() === '') continue;
    try {
      ({ sessionId: session } = await ask({ client, question, ...given, session }));
    } catch (error) {
      if (!(error instanceof TollgateError) || error.is('unauthenticated')) throw error;
      tell(error, given.json);
    }
  }
}

function tell(error: unknown, json: boolean): void {
  if (!(error instanceof TollgateError)) {
    say(red(error instanceof Error ? error.message : String(error)));
    return;
  }
  const { code, message, details, errorId } = error;
  if (json) process.stdout.write(`${JSON.stringify({ error: { code, message, ...details, errorId } })}\n`);
  else say(red(error.is('connection_failed') ? `${message} Is Tollgate running?` : message));
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    tell(error, process.argv.includes('--json'));
    process.exitCode = error instanceof UsageError ? EXIT.usage : EXIT.failed;
  },
);
