import type { Principal } from '../contract/principal.js';
import type { Chatflow } from './chatflow.js';

/** Decides whether a user may use a chatflow. */
export abstract class ChatflowAccess {
  abstract mayUse(principal: Principal, chatflow: Chatflow): boolean | Promise<boolean>;
}
