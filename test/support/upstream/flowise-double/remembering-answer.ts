import type { FlowAnswer } from './flow.js';

const RECALL = /what did (i|we|you) say|remember/i;

/**
 * Repeats the question; asked `What did I say?`, tells everything that it remembers. So whoever is told another's conversation
 * sees it in the text.
 */
export const rememberingAnswer: FlowAnswer = ({ question, history, humanInput }) => {
  if (humanInput?.type === 'reject') return ['I did not ', 'do it.'];
  if (!RECALL.test(question)) return ['You said: ', question];
  if (history.length === 0) return ['I remember ', 'nothing.'];
  const told = history.map(
    ({ role, content }) => `${role === 'userMessage' ? 'you' : 'I'} said "${content}"; `,
  );
  return ['I remember: ', ...told];
};
