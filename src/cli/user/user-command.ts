import { loadUserCommandConfig, type UserCommandConfig } from '../../config/load-config.js';
import { AppError } from '../../platform/errors/app.error.js';
import { describeStartError } from '../../platform/lifecycle/start.error.js';
import { UsageError } from '../cli-arguments.js';
import { printable } from '../terminal.js';
import { askNewPassword, type StandardInput } from './new-password.js';
import { carryOut } from './user-actions.js';
import { readUserArguments, USER_HELP, type UserArguments } from './user-arguments.js';
import { openHousehold } from './user-household.js';

const EXIT = { done: 0, failed: 1, usage: 2 } as const;

/** The parts of a process that a command uses, each when it needs it. */
export interface CommandStreams {
  readonly stdin: StandardInput;
  /** For results. */
  readonly stdout: { write(text: string): unknown };
  /** For the person. */
  readonly stderr: { write(text: string): unknown };
}

type Settings = Parameters<typeof loadUserCommandConfig>[0];

/**
 * Carries one command out, from what was typed to its exit code. Never rejects; what it has opened is closed by then.
 * @param readSettings asked once, unless only help is wanted
 */
export async function runUserCommand(
  args: readonly string[],
  readSettings: () => Settings,
  streams: CommandStreams,
): Promise<number> {
  const say = (line: string): void => void streams.stderr.write(`${line}\n`);
  try {
    const given = readUserArguments(args);
    if (given.command === 'help') streams.stdout.write(USER_HELP);
    else await carryOutAndTell(given, loadUserCommandConfig(readSettings()), streams, say);
    return EXIT.done;
  } catch (error) {
    if (error instanceof UsageError) say(`${error.message}\n\n${USER_HELP}`);
    else say(error instanceof AppError ? error.publicMessage : describeStartError(error));
    return error instanceof UsageError ? EXIT.usage : EXIT.failed;
  }
}

async function carryOutAndTell(
  given: UserArguments,
  config: UserCommandConfig,
  streams: CommandStreams,
  say: (line: string) => void,
): Promise<void> {
  const house = await openHousehold(config);
  try {
    const askPassword = (email: string): Promise<string> => askNewPassword(email, streams.stdin);
    for await (const { json, text } of carryOut(house, given, config.mail.publicUrl, askPassword))
      streams.stdout.write(given.json ? `${JSON.stringify(json)}\n` : `${printable(text)}\n`);
    const ends = given.command === 'disable' || given.command === 'sign-out';
    if (ends && house.besideServer)
      say('The server refuses them, and ends what it is answering to them, within some ten seconds.');
  } finally {
    await house.close();
  }
}
