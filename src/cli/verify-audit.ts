import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { entryOf, TOLD_FIELDS, type AuditExportEnd, type ToldEntry } from '../audit/audit-lines.js';
import { ChainWalk, type AuditFault, type AuditPlace } from '../audit/chain-walk.js';
import { DEFAULT_TENANT } from '../platform/tenant.js';
import { UsageError } from './cli-arguments.js';
import { say } from './terminal.js';

const USAGE = `npm run audit:verify -- --file FILE [--anchor SEQUENCE:HASH]

Verifies what GET /audit/export answered, without a server: names the first entry that does not fit.
  --file     the export; - for standard input
  --anchor   the end of an earlier verification, or of a line of the server's log ("The audit log ends here"): whether it is still there
Exit code 0: it fits · 1: it does not, or is not whole · 2: not understood
`;
const EXIT = { fault: 1, usage: 2 } as const;
const ANCHOR = /^([1-9]\d{0,14}):([0-9a-f]{64})$/;

const WORDS: Readonly<Record<AuditFault['problem'], string>> = {
  missing: 'is missing',
  changed: 'was changed',
  unlinked: 'does not follow the one before it',
  replaced: 'is another one than the anchor names',
};

type Line = ToldEntry | AuditExportEnd;

/** @returns the exit code */
async function verify(file: string, anchor: AuditPlace | undefined): Promise<number> {
  const input = file === '-' ? process.stdin : createReadStream(file);
  let walk: ChainWalk | undefined;
  let end: AuditExportEnd | undefined;
  for await (const text of createInterface({ input, crlfDelay: Infinity })) {
    if (text.trim() === '') continue;
    const line = parsed(text, walk?.next);
    if (line === undefined) return EXIT.fault;
    if ('end' in line) {
      end = line;
      break;
    }
    walk ??= new ChainWalk(line.sequence, undefined, anchor);
    const fault = walk.take(entryOf(line, DEFAULT_TENANT));
    if (fault !== undefined) return told(fault, walk);
  }
  if (end?.entries !== (walk?.verified ?? 0)) {
    say(`The export is not whole: it breaks off behind entry ${walk?.last?.sequence ?? 0}.`);
    return EXIT.fault;
  }
  const fault = end.next === null ? (walk ?? new ChainWalk(1, undefined, anchor)).end() : undefined;
  if (fault !== undefined) return told(fault, walk);
  const place = walk?.last === undefined ? '' : ` The last is ${walk.last.sequence}:${walk.last.hash}`;
  process.stdout.write(`${walk?.verified ?? 0} entries fit.${place}\n`);
  if (walk?.anchorSeen === false)
    say('The anchor is not among them: it stands before the first, or behind the last.');
  return 0;
}

function parsed(text: string, next: number | undefined): Line | undefined {
  try {
    const line = JSON.parse(text) as Line | null;
    if (typeof line === 'object' && line !== null && ('end' in line || isEntry(line))) return line;
  } catch {
    // Told below, as any other line that is none.
  }
  say(`Behind entry ${(next ?? 1) - 1} stands a line that is none of an export.`);
  return undefined;
}

/** All that is told is in the hash: nothing else may stand beside it, nor in another spelling. */
function isEntry(line: ToldEntry): boolean {
  const isMoment = (text: unknown) =>
    typeof text === 'string' && !Number.isNaN(Date.parse(text)) && new Date(text).toISOString() === text;
  const isKnown = Object.keys(line).every((name) => TOLD_FIELDS.includes(name));
  return isKnown && Number.isSafeInteger(line.sequence) && isMoment(line.at) && isMoment(line.expiresAt);
}

function told({ sequence, id, problem }: AuditFault, walk: ChainWalk | undefined): number {
  say(
    `Entry ${sequence}${id === undefined ? '' : ` (${id})`} ${WORDS[problem]}; ${walk?.verified ?? 0} before it fit.`,
  );
  return EXIT.fault;
}

function readArguments(): { file: string; anchor: AuditPlace | undefined } | undefined {
  try {
    const { values } = parseArgs({
      options: {
        file: { type: 'string' },
        anchor: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (values.help === true) return undefined;
    const [, sequence, hash = ''] = ANCHOR.exec(values.anchor ?? '') ?? [];
    if (values.file === undefined) throw new UsageError('--file is needed.');
    if (values.anchor !== undefined && sequence === undefined)
      throw new UsageError('--anchor must be SEQUENCE:HASH.');
    return {
      file: values.file,
      anchor: sequence === undefined ? undefined : { sequence: Number(sequence), hash },
    };
  } catch (error) {
    throw error instanceof UsageError
      ? error
      : new UsageError(error instanceof Error ? error.message : String(error));
  }
}

async function main(): Promise<number> {
  const given = readArguments();
  if (given !== undefined) return verify(given.file, given.anchor);
  process.stdout.write(USAGE);
  return 0;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    say(
      `${error instanceof Error ? error.message : String(error)}${error instanceof UsageError ? `\n\n${USAGE}` : ''}`,
    );
    process.exitCode = error instanceof UsageError ? EXIT.usage : EXIT.fault;
  },
);
