import { type Command } from './context.js';
export declare const writeCommands: Record<string, Command>;
