import { errors } from '../platform/errors/errors.js';
import type { Chatflow } from './chatflow.js';

/** To be asked behind whether the caller may use it at all: to others it is what it was before. @throws AppError `chatflow_disabled` */
export function assertEnabled({ disabled }: Pick<Chatflow, 'disabled'>): void {
  if (disabled === true) throw errors.chatflowDisabled();
}
