import { registerDecorator } from 'class-validator';
import { CHATFLOW_ID } from '../contract/chatflow-id.js';

/** Property decorator: the value is a chatflow's id. */
export function IsChatflowId(): PropertyDecorator {
  return (target, property) =>
    registerDecorator({
      name: 'isChatflowId',
      target: target.constructor,
      propertyName: String(property),
      validator: {
        validate: (value: unknown) => typeof value === 'string' && CHATFLOW_ID.test(value),
        defaultMessage: () => 'must be 1 to 128 letters, digits, or any of _ . : -',
      },
    });
}
