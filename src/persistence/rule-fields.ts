import { Schema } from 'mongoose';
import type { ChargeRules, OnDisconnect } from '../chatflows/chatflow.js';
import type { FieldsOf } from './fields-of.js';

/** `OnDisconnect` is a word or an object, of which Mongoose has no type: so it stays Mixed, and says by a validator what it is. */
export const ON_DISCONNECT = {
  type: Schema.Types.Mixed,
  validate: { validator: isOnDisconnect, message: 'is nothing that can happen to a turn nobody watches' },
};

/** Rules of a chatflow, which its turns carry with them. */
export const chargeRulesSchema = new Schema(
  {
    length: { type: Boolean },
    'content-filter': { type: Boolean },
  } satisfies FieldsOf<ChargeRules>,
  { _id: false, minimize: false },
);

function isOnDisconnect(value: unknown): value is OnDisconnect {
  if (value === 'continue' || value === 'stop') return true;
  if (typeof value !== 'object' || value === null) return false;
  const { stopAfterSeconds, ...others } = value as Record<string, unknown>;
  return typeof stopAfterSeconds === 'number' && Object.keys(others).length === 0;
}
