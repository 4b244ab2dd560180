import { type Command } from './context.js';
export declare const statusCommands: Record<string, Command>;
