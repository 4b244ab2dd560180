import { type Command } from './context.js';
export declare const bulkWriteCommands: Record<string, Command>;
