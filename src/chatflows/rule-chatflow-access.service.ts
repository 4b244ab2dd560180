import { Injectable } from '@nestjs/common';
import { isAdmin, type Principal } from '../contract/principal.js';
import { ChatflowAccess } from './chatflow-access.port.js';
import type { Chatflow } from './chatflow.js';

/** Decides by the chatflow's own access rule. It may name users of an external issuer by their subject, which is what its author knows. */
@Injectable()
export class RuleChatflowAccess extends ChatflowAccess {
  mayUse(principal: Principal, { access }: Pick<Chatflow, 'access'>): boolean {
    if (access.public === true || isAdmin(principal)) return true;
    const { userId, subject } = principal;
    if (access.users?.some((user) => user === userId || user === subject) === true) return true;
    return access.roles?.some((role) => principal.roles.includes(role)) ?? false;
  }
}
