import { type Document } from '../bson/values.js';
import type { Command, CommandContext } from './context.js';
/** The commands there are. */
export declare const COMMANDS: Readonly<Record<string, Command>>;
/** What any command may carry: on one node, where everything that is acknowledged is durable, it changes nothing. */
export declare const COMMON_OPTIONS: readonly ["$db", "lsid", "$readPreference", "writeConcern"];
/**
 * Runs the command that a body names in its first field.
 * @param atomically undoes what its work has done when that throws
 * @throws CommandError what the client is told; 115 for commands outside the subset and transactions
 */
export declare function runCommand(body: Document, context: CommandContext, atomically: (work: () => Document) => Document): Document;
/** The reply that carries a refusal. Unknown failures are told as such, without their inner workings. */
export declare function errorReply(error: unknown): Document;
