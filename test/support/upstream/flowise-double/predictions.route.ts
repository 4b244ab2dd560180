import type { ServerResponse } from 'node:http';
import { failureOf, type DoubleFlow, type ScriptedFlow } from './flow.js';
import type { FlowRunner } from './flow-runner.js';
import { sendError, sendJson } from './json-answers.js';
import type { Prediction } from './prediction.js';

/** `POST /api/v1/prediction/{flowId}`. */
export class PredictionsRoute {
  constructor(private readonly runner: FlowRunner) {}

  /** @param hasKey whether the call carries the API key */
  async predict(
    flow: DoubleFlow | undefined,
    prediction: Prediction,
    hasKey: boolean,
    response: ServerResponse,
  ): Promise<void> {
    if (flow?.kind === 'replayed') {
      await flow.respond(response);
    } else if (flow === undefined) {
      refuse(prediction, response, 404, `Chatflow ${prediction.flowId} not found in the database!`);
    } else if (flow.requiresKey === true && !hasKey) {
      await this.answer(flow, prediction, response, () =>
        Promise.reject(new Error('Error: predictionsServices.buildChatflow - Unauthorized')),
      );
    } else {
      await this.ask(flow, prediction, response);
    }
  }

  private async ask(flow: ScriptedFlow, prediction: Prediction, response: ServerResponse): Promise<void> {
    const context = this.runner.contextOf(prediction);
    const failure = failureOf(flow, context);
    if (failure?.kind === 'silence') return;
    if (failure?.kind === 'status') {
      sendError(response, failure.status, 'secret message', 'secret stack');
    } else {
      await this.answer(flow, prediction, response, () =>
        this.runner.run(flow, prediction, context, failure),
      );
    }
  }

  private async answer(
    { kind }: ScriptedFlow,
    prediction: Prediction,
    response: ServerResponse,
    run: () => Promise<Record<string, unknown>>,
  ): Promise<void> {
    if (prediction.streaming && kind !== 'nonStreaming') {
      await this.stream(prediction, response, run);
      return;
    }
    try {
      sendJson(response, 200, await run());
    } catch (error) {
      refuse(prediction, response, 500, (error as Error).message);
    }
  }

  /** Everything goes to whoever has the chat id by then, the end too. */
  private async stream(
    { chatId }: Prediction,
    response: ServerResponse,
    run: () => Promise<Record<string, unknown>>,
  ): Promise<void> {
    const { clients } = this.runner;
    clients.add(chatId, response);
    try {
      clients.send(chatId, 'metadata', metadataOf(await run()));
    } catch (error) {
      clients.send(chatId, 'error', (error as Error).message);
    } finally {
      clients.end(chatId);
    }
  }
}

/** With `streaming:true` Flowise's error middleware answers nothing at all. */
function refuse({ streaming }: Prediction, response: ServerResponse, status: number, message: string): void {
  if (!streaming) sendError(response, status, message);
}

const METADATA = ['chatId', 'chatMessageId', 'question', 'sessionId', 'memoryType', 'action'] as const;

function metadataOf(answer: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    METADATA.filter((name) => Boolean(answer[name])).map((name) => [name, answer[name]]),
  );
}
