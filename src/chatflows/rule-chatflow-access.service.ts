import { Injectable } from '@nestjs/common';
import { isAdmin, isFor, type Principal } from '../contract/principal.js';
import { ChatflowAccess } from './chatflow-access.port.js';
import type { Chatflow } from './chatflow.js';

/** Decides by the chatflow's own access rule, and by the chatflows of an API key. It may name users of an external issuer as administrators do, who need not know our ids. */
@Injectable()
export class RuleChatflowAccess extends ChatflowAccess {
  mayUse(principal: Principal, { id, access }: Pick<Chatflow, 'id' | 'access'>): boolean {
    if (!isFor(principal, id)) return false;
    if (access.public === true || isAdmin(principal)) return true;
    const { userId, externalName } = principal;
    if (access.users?.some((user) => user === userId || user === externalName) === true) return true;
    return access.roles?.some((role) => principal.roles.includes(role)) ?? false;
  }
}
