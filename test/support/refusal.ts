import type { Response } from 'supertest';

/** What a refused request says, whatever its format: a problem document, or a sentence where clients show the body as it is. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  /** Names of fields and what is wrong with them. */
  readonly told: string;
}

export function refusalIn({ status, body, text, headers }: Response): Refusal {
  const problem = body as { readonly code?: string; readonly errors?: unknown };
  if (problem.code !== undefined)
    return { status, code: problem.code, told: JSON.stringify(problem.errors ?? []) };
  return { status, code: String(headers['x-error-code']), told: text };
}
