import { type Command } from './context.js';
export declare const schemaCommands: Record<string, Command>;
