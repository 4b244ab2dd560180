import { type Command } from './context.js';
export declare const explainCommands: Record<string, Command>;
