import { loadUserCommandConfig } from '../config/load-config.js';
import { readEnvironment } from '../config/read-environment.js';
import { AppError } from '../platform/errors/app.error.js';
import { describeStartError } from '../platform/lifecycle/start.error.js';
import { UsageError } from './cli-arguments.js';
import { printable, say } from './terminal.js';
import { readUserArguments, USER_HELP } from './user/user-arguments.js';
import { carryOut } from './user/user-actions.js';
import { openHousehold } from './user/user-household.js';

const EXIT = { failed: 1, usage: 2 } as const;

/** `npm run user`: users by the command line, for the first admin and for emergencies. docs/operating/users.md */
async function main(): Promise<void> {
  const given = readUserArguments(process.argv.slice(2));
  if (given.command === 'help') {
    process.stdout.write(USER_HELP);
    return;
  }
  const config = loadUserCommandConfig(readEnvironment());
  const house = await openHousehold(config);
  try {
    for await (const { json, text } of carryOut(house, given, config.mail.publicUrl))
      process.stdout.write(given.json ? `${JSON.stringify(json)}\n` : `${printable(text)}\n`);
    const ends = given.command === 'disable' || given.command === 'sign-out';
    if (ends && house.besideServer)
      say('The server refuses them, and ends what it is answering to them, within some ten seconds.');
  } finally {
    await house.close();
  }
}

main().catch((error: unknown) => {
  if (error instanceof UsageError) say(`${error.message}\n\n${USER_HELP}`);
  else say(error instanceof AppError ? error.publicMessage : describeStartError(error));
  process.exitCode = error instanceof UsageError ? EXIT.usage : EXIT.failed;
});
