import type { Connection } from 'mongoose';
import { ASKED } from './asked.js';
import { namesIn, type Command, type Named } from './names-in.js';

const listed = new Set(
  Object.entries(ASKED).flatMap(([kind, names]) => Object.keys(names).map((name) => `${kind} ${name}`)),
);
const seen = new Map<Named, Command>();

/** Looks from now on at every command that goes over the connection, which must have been made with `monitorCommands`. */
export function captureCommands(connection: Connection): void {
  connection.getClient().on('commandStarted', ({ command }) => {
    capture(command);
  });
}

/** Looks at a command that goes another way. */
export function capture(command: Command): void {
  for (const name of namesIn(command)) if (!seen.has(name)) seen.set(name, command);
}

/** @throws Error when a command says what is not on the list of what is asked of the embedded database */
export function expectListedCommands(): void {
  for (const [name, command] of seen)
    if (!listed.has(name))
      throw new Error(
        `A store asks for the ${name}, which the embedded database may not have. If it has to, add it there and in asked.ts: ${JSON.stringify(command)}`,
      );
}
