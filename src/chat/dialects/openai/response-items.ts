import { errors } from '../../../platform/errors/errors.js';
import type { AskedOption } from '../../client-input/options.policy.js';
import { readConversation, type AskedConversation, type InputMessage } from './openai-input.js';

/**
 * Reads the items of a Responses request: messages, the tools that the model wanted to be run, and what came of them.
 * @throws AppError as `readConversation` does
 */
export function readItems(items: readonly InputMessage[]): AskedConversation {
  // An earlier answer's thoughts are in the answer; sent back they tell another model nothing.
  const told = items.map((item, index) => ({ item, index })).filter(({ item }) => item.type !== 'reasoning');
  const asked = readConversation(
    told.map(({ item, index }) => toMessage(item, `input.${index}`)),
    'input',
  );
  if (told.length === items.length) return asked;
  const ignored: AskedOption = { param: 'input.reasoning', isBinding: false };
  return { ...asked, options: [...asked.options, ignored] };
}

function toMessage(item: InputMessage, field: string): InputMessage {
  const { type, call_id, name, arguments: json, output } = item;
  switch (type) {
    case undefined:
    case null:
    case 'message':
      return item;
    case 'function_call': {
      const called = { id: call_id, type: 'function', function: { name, arguments: json } };
      return { role: 'assistant', content: null, tool_calls: [called] };
    }
    case 'function_call_output':
      return { role: 'tool', tool_call_id: call_id, content: output };
    default:
      throw errors.validation([{ field: `${field}.type`, message: 'is not supported' }]);
  }
}
