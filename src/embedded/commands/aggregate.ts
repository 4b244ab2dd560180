import type { Command } from './context.js';

export const aggregateCommands: Record<string, Command> = {};
