import type { ClientToolResult } from '../../upstream/chat-provider.port.js';
import type { BroughtToolResults } from '../client-input/client-input.service.js';
import { MAX_QUESTION_CHARACTERS } from './predict/predict.dto.js';

const NO_WORDS = 'The tools have been run.';

/**
 * What a request asks that goes on with what came of the client's tools: its question repeats that, so that the session has words for it.
 * @param field where in the request the last result stands
 */
export function goOnWith(
  results: readonly ClientToolResult[],
  field: string,
): { readonly question: string; readonly toolResults: BroughtToolResults } {
  const said = results
    .map(({ content }) => content)
    .join('\n')
    .slice(0, MAX_QUESTION_CHARACTERS);
  return { question: /\S/.test(said) ? said : NO_WORDS, toolResults: { field, results } };
}
