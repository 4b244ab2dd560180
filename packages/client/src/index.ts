export { TollgateClient, type TollgateClientOptions } from './tollgate-client.js';
export {
  TOLLGATE_ERROR_CODES,
  TollgateError,
  type ProblemDetails,
  type TollgateErrorCode,
  type TollgateErrorOptions,
} from './errors.js';
export { BrowserTokenStore, type KeyValueStorage } from './auth/browser-token-store.js';
export type { AccessTokenGetter } from './auth/credentials.js';
export { MemoryTokenStore, type TokenProvider, type Tokens, type TokenStore } from './auth/token-store.js';
export {
  ChatStream,
  type StoppedTurn,
  type StreamCallbacks,
  type StreamControl,
} from './stream/chat-stream.js';
export type { ChatResult } from './stream/answer.js';
export type * from './stream/stream-event.js';
export type { StreamStatistics } from './stream/stream-statistics.js';
export type { Reconnect } from './stream/turn-receiver.js';
export type { ChatApi, ChatQuestion, Upload } from './api/chat.js';
export type { AccountingApi } from './api/accounting.js';
export type { AttachmentsApi, UploadOptions } from './api/attachments.js';
export type { ChatflowsApi } from './api/chatflows.js';
export type { SearchApi } from './api/search.js';
export type { SessionsApi } from './api/sessions.js';
export type { TurnsApi } from './api/turns.js';
export type * from './api/types.js';
export { SseParser, type SseFrame } from './sse/sse-parser.js';
export { resumingFetch, type ResumingFetchOptions } from './fetch/resuming-fetch.js';
