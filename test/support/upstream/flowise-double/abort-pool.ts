/**
 * Flowise's `AbortControllerPool`: one controller for each flow and chat id. The later run replaces the earlier one's, and whichever
 * ends first takes away what is there.
 */
export class AbortPool {
  private readonly controllers = new Map<string, AbortController>();

  add(flowId: string, chatId: string): AbortSignal {
    const controller = new AbortController();
    this.controllers.set(keyOf(flowId, chatId), controller);
    return controller.signal;
  }

  abort(flowId: string, chatId: string): void {
    this.controllers.get(keyOf(flowId, chatId))?.abort();
    this.remove(flowId, chatId);
  }

  remove(flowId: string, chatId: string): void {
    this.controllers.delete(keyOf(flowId, chatId));
  }
}

const keyOf = (flowId: string, chatId: string): string => `${flowId}_${chatId}`;
