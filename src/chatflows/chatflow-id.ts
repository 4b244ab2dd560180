import { registerDecorator } from 'class-validator';

/** What a chatflow's id may look like: safe in a path, a header and a log line. */
export const CHATFLOW_ID = /^[A-Za-z0-9_.:-]{1,128}$/;

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
