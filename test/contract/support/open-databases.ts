import type { Connection } from 'mongoose';
import { captureCommands, expectListedCommands } from '../../support/database-language/listed-commands.js';
import { expectToFit } from '../../support/misfits.js';

const open = new Set<Connection>();

/** From now on every test ends with a look at all that is stored there, and at all that was asked (`documents-fit.ts`). */
export function watch(connection: Connection): void {
  open.add(connection);
  captureCommands(connection);
}

/** A last look, because a suite may close its database before that of its last test. */
export async function unwatch(connection: Connection): Promise<void> {
  open.delete(connection);
  await expectToFit(connection);
}

/** @throws Error when a document in any open database is not what its schema says, or a command what is listed */
export async function expectAllToFit(): Promise<void> {
  expectListedCommands();
  for (const connection of open) await expectToFit(connection);
}
