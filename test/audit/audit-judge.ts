import type { Violations } from '../faults/violations.js';
import type { Deed } from './admin-request.js';

export interface Entry {
  readonly id: string;
  readonly action: string;
  readonly phase: 'asked' | 'done' | 'refused';
  readonly answers?: string;
  readonly requestId?: string;
  readonly code?: string;
  readonly sequence: number;
}

/** What is left of what was asked, by its word. */
export interface Traces {
  /** Reasons of the ledger's rows. */
  readonly reasons: ReadonlySet<string>;
  /** Names of chatflows and keys that are there. */
  readonly names: ReadonlySet<string>;
}

export interface Judgement {
  readonly acknowledged: number;
  readonly refused: number;
  /** Without an answer, by what the log says of them. */
  readonly broken: {
    readonly unwritten: number;
    readonly asked: number;
    readonly done: number;
    readonly refused: number;
  };
}

/** Refused before anything is asked for: nobody has found out yet who wants what. */
const BEFORE_THE_LOG = [401, 403, 429];

/** Holds what each admin saw against the log. */
export function judge(
  deeds: readonly Deed[],
  entries: readonly Entry[],
  traces: Traces,
  violations: Violations,
): Judgement {
  const byRequest = new Map<string | undefined, Entry[]>();
  for (const entry of entries)
    byRequest.set(entry.requestId, [...(byRequest.get(entry.requestId) ?? []), entry]);
  const broken = { unwritten: 0, asked: 0, done: 0, refused: 0 };
  let [acknowledged, refused] = [0, 0];
  for (const deed of deeds) {
    const { request, status, code } = deed;
    const found = byRequest.get(request.word) ?? [];
    byRequest.delete(request.word);
    const asked = found.filter(({ phase }) => phase === 'asked');
    const outcomes = found.filter(({ phase }) => phase !== 'asked');
    const facts = { deed, found };
    const isPair = asked.length === 1 && outcomes.length === 1 && outcomes[0]?.answers === asked[0]?.id;
    // A sign-in is written down when it is made, and once.
    const isSingle = request.kind === 'sign-in' && asked.length === 0 && outcomes.length === 1;
    const [outcome] = outcomes;
    if (status === undefined) {
      if (asked.length > 1 || outcomes.length > 1)
        violations.add('duplicate', 'entries of a request that broke off', facts);
      const state = outcome?.phase ?? asked[0]?.phase ?? 'unwritten';
      broken[state] += 1;
      const left = traces.reasons.has(request.word) || traces.names.has(request.word);
      if (left && state === 'unwritten')
        violations.add('lost', 'something was done and not written down', facts);
      if (request.kind === 'adjust' && state === 'done' && !left)
        violations.add('lost', 'something was written down as done and was not', facts);
    } else if (status < 400) {
      acknowledged += 1;
      if (!(isPair || isSingle) || outcome?.phase !== 'done')
        violations.add('lost', 'an acknowledged change is not in the log as done, once', facts);
      if (request.kind === 'adjust' && !traces.reasons.has(request.word))
        violations.add('lost', 'an acknowledged adjustment is not in the ledger', facts);
    } else {
      refused += 1;
      const isEarly = found.length === 0 && (BEFORE_THE_LOG.includes(status) || request.kind === 'sign-in');
      const isTold = isPair && outcome?.phase === 'refused' && outcome.code === code;
      if (!isEarly && !isTold && status !== 503)
        violations.add('other', 'a refused change is not in the log as refused', facts);
    }
  }
  const answered = new Set(entries.map(({ answers }) => answers));
  const unexplained = [...byRequest.values()].flat().filter(
    // Those of requests that broke off have been looked at; the export itself has not ended when it is read.
    ({ id, phase, action }) => phase === 'asked' && action !== 'audit.export' && !answered.has(id),
  );
  if (unexplained.length > 0)
    violations.add('other', 'entries that nothing answers, of requests that nobody lost', unexplained);
  const strange = [...byRequest.keys()].filter((word) => word?.startsWith('w') === true);
  if (strange.length > 0)
    violations.add('other', 'entries of requests that nobody made', strange.slice(0, 5));
  return { acknowledged, refused, broken };
}
