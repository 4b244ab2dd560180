import { Injectable } from '@nestjs/common';
import type { Principal } from '../contract/principal.js';
import { errors } from '../platform/errors/errors.js';
import { ChatflowAccess } from './chatflow-access.port.js';
import { ChatflowRegistry } from './chatflow-registry.port.js';
import type { Chatflow } from './chatflow.js';
import { assertEnabled } from './enabled.js';

/** The one way from an id in a request to a chatflow that its sender may use; for services and guards. */
@Injectable()
export class ChatflowFinder {
  constructor(
    private readonly registry: ChatflowRegistry,
    private readonly access: ChatflowAccess,
  ) {}

  /** @throws AppError `not_found` when there is no such chatflow, `chatflow_access_denied` when the caller may not use it */
  async findFor(principal: Principal, id: string): Promise<Chatflow> {
    const chatflow = await this.registry.find(id);
    if (chatflow === undefined) throw errors.notFound('The chatflow');
    if (!(await this.access.mayUse(principal, chatflow))) throw errors.chatflowAccessDenied();
    return chatflow;
  }

  /** The same of one to be asked. @throws AppError `chatflow_disabled`, and as `findFor` does */
  async findToAsk(principal: Principal, id: string): Promise<Chatflow> {
    const chatflow = await this.findFor(principal, id);
    assertEnabled(chatflow);
    return chatflow;
  }
}
