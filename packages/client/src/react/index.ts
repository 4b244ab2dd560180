export { useChat, type Chat, type UseChatOptions } from './use-chat.js';
export { StreamingMessage, type StreamingMessageProps } from './streaming-message.js';
export type { StreamingMessageTexts } from './streaming-texts.js';
export {
  Conversation,
  type HumanAnswer,
  type ConversationOptions,
  type ConversationState,
} from './conversation.js';
export type { ConversationMessage, MessageStatus } from './conversation-message.js';
export { forgetQuestions } from './forget-questions.js';
