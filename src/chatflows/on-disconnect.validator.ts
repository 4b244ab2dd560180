import { registerDecorator } from 'class-validator';
import type { OnDisconnect } from './chatflow.js';

/** A day: a turn never lives that long. */
export const MAX_STOP_AFTER_SECONDS = 86_400;

/** @returns the value when it is one, and nothing else in it; otherwise `undefined` */
export function readOnDisconnect(value: unknown): OnDisconnect | undefined {
  if (value === 'continue' || value === 'stop') return value;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const entries = Object.entries(value);
  const seconds: unknown = entries[0]?.[1];
  if (entries.length !== 1 || entries[0]?.[0] !== 'stopAfterSeconds' || typeof seconds !== 'number')
    return undefined;
  const valid = Number.isInteger(seconds) && seconds >= 1 && seconds <= MAX_STOP_AFTER_SECONDS;
  return valid ? { stopAfterSeconds: seconds } : undefined;
}

/** Property decorator: the value is one of the ways to treat a turn that nobody watches. */
export function IsOnDisconnect(): PropertyDecorator {
  return (target, property) =>
    registerDecorator({
      name: 'isOnDisconnect',
      target: target.constructor,
      propertyName: String(property),
      validator: {
        validate: (value: unknown) => readOnDisconnect(value) !== undefined,
        defaultMessage: () =>
          `must be "continue", "stop" or {"stopAfterSeconds": 1 to ${MAX_STOP_AFTER_SECONDS}}`,
      },
    });
}
