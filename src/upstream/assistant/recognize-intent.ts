import type { Intent } from './intent.js';
import { COMMAND_RULES, SMALL_TALK_RULES, type IntentRule } from './intent-rules.js';
import { toCommand } from './phrase.js';

/** Longer texts are no commands, and patterns would take long over them. */
const MAX_CHARACTERS = 600;

/** What the user wants, by rules over the usual phrasings. Pure; never throws. */
export function recognizeIntent(question: string): Intent {
  if (question.length > MAX_CHARACTERS) return { kind: 'unknown' };
  // As written first: "hello" and "thanks" alone are no politeness around a command.
  const written = question.trim().replace(/(?<=.)[\s.!?,]+$/, '');
  const command = toCommand(question);
  return (
    apply(SMALL_TALK_RULES, written) ??
    apply(SMALL_TALK_RULES, command) ??
    apply(COMMAND_RULES, command) ?? { kind: 'unknown' }
  );
}

function apply(rules: readonly IntentRule[], text: string): Intent | undefined {
  for (const [pattern, toIntent] of rules) {
    const match = pattern.exec(text);
    if (match !== null) return toIntent(match, text);
  }
  return undefined;
}
