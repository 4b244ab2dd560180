import { Injectable } from '@nestjs/common';
import { ChatflowAccess } from '../../../chatflows/chatflow-access.port.js';
import { ChatflowRegistry } from '../../../chatflows/chatflow-registry.port.js';
import type { Chatflow } from '../../../chatflows/chatflow.js';
import { assertEnabled } from '../../../chatflows/enabled.js';
import type { Principal } from '../../../contract/principal.js';
import { errors } from '../../../platform/errors/errors.js';
import { ProviderRegistry } from '../../../upstream/chat-provider.port.js';
import { ClientCalls } from '../../conversations/client-calls.service.js';
import { ClientInput, type AcceptedInput } from '../../client-input/client-input.service.js';
import type { TurnRequest } from '../../records/turn-request.js';
import { OpenQuestions, type PendingQuestion } from './open-questions.service.js';

/** Whether a chatflow may be asked by this user, and what of the request it takes. Nothing is written. */
@Injectable()
export class Eligibility {
  constructor(
    private readonly chatflows: ChatflowRegistry,
    private readonly access: ChatflowAccess,
    private readonly providers: ProviderRegistry,
    private readonly input: ClientInput,
    private readonly clientCalls: ClientCalls,
    private readonly questions: OpenQuestions,
  ) {}

  /** @throws AppError `not_found`, `chatflow_access_denied`, `chatflow_disabled`, or what of the request is not allowed, by name */
  async assertMayAsk(
    request: TurnRequest,
  ): Promise<{ readonly chatflow: Chatflow; readonly input: AcceptedInput }> {
    const chatflow = await this.assertMayUse(request);
    assertEnabled(chatflow);
    return { chatflow, input: this.accept(chatflow, request) };
  }

  /** Disabled or not: what was answered before may still be had. @throws AppError `not_found`, `chatflow_access_denied` */
  async assertMayUse(request: TurnRequest): Promise<Chatflow> {
    const chatflow = await this.chatflows.find(request.chatflowId);
    if (chatflow === undefined) throw errors.notFound('The chatflow');
    if (!(await this.access.mayUse(request.principal, chatflow))) throw errors.chatflowAccessDenied();
    return chatflow;
  }

  /** @returns what of a request may reach the chatflow's upstream @throws AppError what is not allowed, by name */
  accept(chatflow: Chatflow, request: TurnRequest): AcceptedInput {
    return this.input.accept(chatflow, request);
  }

  /** For whoever goes on with a turn that was asked of it. @throws AppError `chatflow_disabled`, unless they may not use it any more */
  async assertStillEnabled(principal: Principal, chatflowId: string): Promise<void> {
    const chatflow = await this.chatflows.find(chatflowId);
    if (chatflow !== undefined && (await this.access.mayUse(principal, chatflow))) assertEnabled(chatflow);
  }

  /**
   * Whether there is something to ask, and something to be answered where the request answers.
   * @returns the question that the request answers
   * @throws AppError `upstream_unavailable`, `conflict`
   */
  async assertAnswerable(request: TurnRequest, chatflow: Chatflow): Promise<PendingQuestion | undefined> {
    this.providers.get(chatflow.provider);
    const question = await this.questions.of(request, chatflow);
    await this.clientCalls.assertCalled(request, request.principal.userId, request.sessionId);
    return question;
  }
}
