/** An output item of a response, by what its id says. */
export interface NamedItem {
  readonly messageId: string;
  /** Which of the message's calls it is; absent: its text. */
  readonly call?: number;
}

const MESSAGE = /^msg_(.+)$/;
const CALL = /^fc_(.+)_(\d{1,5})$/;

/** Items lead back to the message they are part of, so that clients can refer to them instead of sending them again. */
export const messageItemId = (messageId: string): string => `msg_${messageId}`;

/** @param index counts the message's calls from 0 */
export const callItemId = (messageId: string, index: number): string => `fc_${messageId}_${index}`;

/** @returns undefined when no item of ours has such an id */
export function readItemId(id: string): NamedItem | undefined {
  const [, message] = MESSAGE.exec(id) ?? [];
  if (message !== undefined) return { messageId: message };
  const [, messageId, call] = CALL.exec(id) ?? [];
  return messageId === undefined ? undefined : { messageId, call: Number(call) };
}
