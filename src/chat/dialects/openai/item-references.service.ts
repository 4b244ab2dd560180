import { Injectable } from '@nestjs/common';
import { errors } from '../../../platform/errors/errors.js';
import type { ToolCall } from '../../../contract/chat-event.js';
import { HistoryStore } from '../../records/history.store.port.js';
import type { ChatMessage } from '../../records/chat-message.js';
import { textOf } from '../content-parts.js';
import type { InputMessage } from './openai-input.js';
import { readItemId } from './response-item-ids.js';

/** As many messages as a session's own history tells a model. */
const MAX_MESSAGES_REFERRED_TO = 100;

/** What clients that take responses for stored send in place of an item that they got (the AI SDK's provider does so by itself). */
@Injectable()
export class ItemReferences {
  constructor(private readonly history: HistoryStore) {}

  /**
   * The items of a request with every `item_reference` replaced by what it refers to; in the same places.
   * @throws AppError `validation_failed` for what is no id, or too many messages; `not_found` for what is not the user's, or is deleted
   */
  async resolve(userId: string, items: readonly InputMessage[]): Promise<readonly InputMessage[]> {
    const named = items.map((item, index) =>
      item.type === 'item_reference' ? nameOf(item, index) : undefined,
    );
    const ids = new Set(named.flatMap((item) => item?.messageId ?? []));
    if (ids.size === 0) return items;
    if (ids.size > MAX_MESSAGES_REFERRED_TO) {
      const message = `must not refer to more than ${MAX_MESSAGES_REFERRED_TO} messages: send the items themselves`;
      throw errors.validation([{ field: 'input', message }]);
    }
    const messages = await this.history.findMessages(userId, [...ids]);
    const stored = new Map(messages.map((message) => [message.id, message]));
    return items.map((item, index) => {
      const name = named[index];
      if (name === undefined) return item;
      const found = itemOf(stored.get(name.messageId), name.call);
      if (found === undefined) throw errors.notFound(`The item in input.${index}`);
      return found;
    });
  }
}

function nameOf({ id }: InputMessage, index: number) {
  const field = `input.${index}.id`;
  const name = readItemId(textOf(id, field));
  if (name === undefined) throw errors.notFound(`The item in ${field}`);
  return name;
}

function itemOf(message: ChatMessage | undefined, call: number | undefined): InputMessage | undefined {
  if (message?.role !== 'assistant') return undefined;
  if (call === undefined) return { type: 'message', role: 'assistant', content: message.content };
  const called = (message.events ?? []).filter(isClientCall)[call];
  if (called === undefined) return undefined;
  const { toolCallId: call_id, toolName: name, clientArguments } = called;
  return { type: 'function_call', call_id, name, arguments: clientArguments };
}

function isClientCall(event: { readonly type: string }): event is ToolCall {
  return event.type === 'tool-call' && (event as ToolCall).clientArguments !== undefined;
}
