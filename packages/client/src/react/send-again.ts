import type { AttachedFile } from '../api/types.js';
import type { TollgateClient } from '../tollgate-client.js';
import type { ConversationMessage } from './conversation-message.js';

/** A file belongs to the question that has taken it: asked again, the question gets copies. @throws TollgateError */
export async function sendAgain(
  { attachments: api }: TollgateClient,
  { attachments }: ConversationMessage,
): Promise<readonly AttachedFile[]> {
  return Promise.all(attachments.map(async ({ id, name }) => api.upload(await api.read(id), { name })));
}
