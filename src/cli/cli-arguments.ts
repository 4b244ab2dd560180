import { parseArgs } from 'node:util';

export const COMMANDS = [
  'ask',
  'chatflows',
  'history',
  'balance',
  'usage',
  'login',
  'logout',
  'help',
] as const;
export type Command = (typeof COMMANDS)[number];

/** Behind any other command words make it a question: `tollgate help me with my list`. */
const TAKING_WORDS: ReadonlySet<Command> = new Set(['ask', 'history']);

export interface CliArguments {
  readonly command: Command;
  /** The question, or a session's id. */
  readonly text: string | undefined;
  readonly url: string;
  readonly json: boolean;
  /** Whether a model's thoughts are shown. */
  readonly reasoning: boolean;
  readonly chatflow: string | undefined;
  readonly session: string | undefined;
  readonly email: string | undefined;
  /** Where to sign in: the id or the name of an identity provider. */
  readonly provider: string | undefined;
}

export const DEFAULT_URL = 'http://127.0.0.1:3000';

export const HELP = `Usage: tollgate [question] [options]      ask, or chat when there is no question
       tollgate chatflows                 what can be asked, and what it costs
       tollgate history [session]         list conversations, or show one
       tollgate balance | usage           credits, and what they were spent on
       tollgate login | logout            sign in before the first question, sign out

  -s, --session ID    go on with a conversation
  -c, --chatflow ID   ask another chatflow than the built-in assistant
  -u, --url URL       where Tollgate listens (TOLLGATE_URL, ${DEFAULT_URL})
      --email EMAIL   who signs in, with a password
      --provider ID   sign in at this identity provider
      --reasoning     show what a model thinks before it answers
      --json          machine-readable output on standard output
  -h, --help          this text

Ctrl-C stops a running answer; what had come of it is kept. In a chat the arrow keys bring back your questions, and
/chatflows, /chatflow ID, /new and /help are commands. Scripts authenticate with TOLLGATE_API_KEY:
an API key, or an access token of an identity provider.
`;

/** What was typed makes no sense; the message says what. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** @throws UsageError */
export function readArguments(argv: readonly string[], environmentUrl: string | undefined): CliArguments {
  const { values, positionals } = parse(argv);
  const [first, ...rest] = positionals;
  const named = COMMANDS.find((one) => one === first && (rest.length === 0 || TAKING_WORDS.has(one)));
  const command = values.help === true ? 'help' : (named ?? 'ask');
  const words = named === undefined ? positionals : rest;
  const url = (values.url ?? environmentUrl ?? DEFAULT_URL).replace(/\/+$/, '');
  if (!/^https?:\/\/./.test(url)) throw new UsageError('--url must begin with http:// or https://');
  return {
    command,
    text: words.length === 0 ? undefined : words.join(' '),
    url,
    json: values.json === true,
    reasoning: values.reasoning === true,
    chatflow: values.chatflow,
    session: values.session,
    email: values.email,
    provider: values.provider,
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        session: { type: 'string', short: 's' },
        chatflow: { type: 'string', short: 'c' },
        url: { type: 'string', short: 'u' },
        email: { type: 'string' },
        provider: { type: 'string' },
        json: { type: 'boolean' },
        reasoning: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
