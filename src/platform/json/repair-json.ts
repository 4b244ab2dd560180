import { jsonrepair } from 'jsonrepair';
import { RepairBudget } from './repair-budget.js';

/** Longer ones are not tried: what is made of a repair has to be read once more, whatever it took. */
export const MAX_REPAIR_CHARACTERS = 32 * 1024;

/** Of this process. */
const BUDGET = new RepairBudget();

/** What came of a payload; `repaired` tells whether it had to be mended. */
export interface ParsedPayload<T> {
  readonly values: readonly T[];
  readonly repaired: boolean;
}

/**
 * Parses one event's payload: `JSON.parse` first, and `jsonrepair` only on what that refuses. Repair makes something
 * of almost anything (`garbage` becomes a string), so a result counts only when `accepts` knows its shape. Events
 * that lost the blank line between them come as several values.
 *
 * @param accepts recognises the upstream's events, by their discriminator
 * @param turn stands for the turn that it belongs to, whose repairs have a budget
 * @returns `undefined` when nothing could be made of the payload, or a repair was not within the budgets. Never throws.
 */
export function parsePayload<T>(
  payload: string,
  accepts: (value: unknown) => value is T,
  turn: object,
  budget = BUDGET,
): ParsedPayload<T> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(payload);
  } catch {
    if (payload.length > MAX_REPAIR_CHARACTERS) return undefined;
    return budget.spend(turn, payload.length, () => repairPayload(payload, accepts));
  }
  return accepts(value) ? { values: [value], repaired: false } : undefined;
}

function repairPayload<T>(
  payload: string,
  accepts: (value: unknown) => value is T,
): ParsedPayload<T> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(jsonrepair(payload));
  } catch {
    // Beyond repair (or nested so deep that the repair ran out of stack): the caller counts it as dropped.
    return undefined;
  }
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  return values.length > 0 && values.every(accepts) ? { values, repaired: true } : undefined;
}
