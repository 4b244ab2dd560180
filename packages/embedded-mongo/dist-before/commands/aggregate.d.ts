import { type Command } from './context.js';
export declare const aggregateCommands: Record<string, Command>;
