import type { Transport } from '../http/transport.js';
import type { Chatflow } from './types.js';

/** What can be asked. */
export class ChatflowsApi {
  constructor(private readonly transport: Transport) {}

  /** Those that you may use. @throws TollgateError */
  async list(signal?: AbortSignal): Promise<readonly Chatflow[]> {
    const answer = await this.transport.json<readonly Chatflow[] | { readonly data: readonly Chatflow[] }>({
      path: '/chatflows',
      signal,
    });
    return 'data' in answer ? answer.data : answer;
  }
}
