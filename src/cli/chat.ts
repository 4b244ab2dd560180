import { TollgateError, type TollgateClient } from '@tollgate/client';
import { showChatflows } from './account-commands.js';
import { ask } from './ask.js';
import { replierWith } from './agent-question.js';
import type { CliArguments } from './cli-arguments.js';
import { tell } from './failures.js';
import type { LineReader } from './line-reader.js';
import { bold, dim, say } from './terminal.js';

/** Questions that the arrow keys reach, at most. */
const MAX_REMEMBERED = 200;

const HELP = `/chatflows       what can be asked, and what it costs
/chatflow ID     ask that one, in a new conversation
/new             begin a new conversation
/help            this text`;

/**
 * Question after question in one conversation, until the input ends. What fails is told, and the next question asked.
 * @throws TollgateError `unauthenticated`
 */
export async function chat(client: TollgateClient, given: CliArguments, lines: LineReader): Promise<void> {
  const replyTo = replierWith(lines);
  let { session, chatflow } = given;
  const questions = session === undefined ? [] : await earlierQuestions(client, session);
  if (!given.json) say(dim('Ctrl-C stops an answer, Ctrl-D ends, /help tells more.'));
  for (;;) {
    const question = await lines.read(given.json ? '' : bold('> '), { earlier: questions });
    if (question === undefined) return;
    if (question.trim() === '') continue;
    remember(questions, question);
    const [command, argument] = question.trim().split(/\s+/, 2);
    try {
      if (command === '/help') say(HELP);
      else if (command === '/chatflows') await showChatflows(client, given.json);
      else if (command === '/new' || command === '/chatflow') {
        if (command === '/chatflow') chatflow = await known(client, argument);
        session = undefined;
        say(dim(`A new conversation with ${chatflow ?? 'the assistant'}.`));
      } else ({ sessionId: session } = await ask({ ...given, client, question, chatflow, session, replyTo }));
    } catch (error) {
      if (!(error instanceof TollgateError) || error.is('unauthenticated')) throw error;
      tell(error, { ...given, chatflow });
    }
  }
}

/** @throws TollgateError `not_found`, with what there is; `chatflow_disabled` */
async function known(client: TollgateClient, id: string | undefined): Promise<string> {
  const chatflows = await client.chatflows.list();
  const found = chatflows.find((chatflow) => chatflow.id === id);
  if (found?.disabled === true)
    throw new TollgateError('chatflow_disabled', `The chatflow ${found.id} is disabled.`);
  if (found !== undefined) return found.id;
  const ids = chatflows.flatMap((chatflow) => (chatflow.disabled === true ? [] : [chatflow.id])).join(', ');
  throw new TollgateError('not_found', `There is no chatflow ${id ?? ''} for you. There are: ${ids}`);
}

async function earlierQuestions(client: TollgateClient, session: string): Promise<string[]> {
  const questions: string[] = [];
  for await (const { role, content } of client.sessions.allMessages(session))
    if (role === 'user') remember(questions, content);
  return questions;
}

function remember(questions: string[], question: string): void {
  // A line of the terminal holds one line.
  questions.push(question.replaceAll(/\s*\n\s*/g, ' '));
  if (questions.length > MAX_REMEMBERED) questions.shift();
}
