import { editDistance } from './edit-distance.js';
import type { Setting } from './setting.js';
import { fileNameOf, textOf, type Env } from './settings-reader.js';

/** A name in the environment that is no setting, and the setting that it was probably meant to be. */
export interface Misspelling {
  readonly name: string;
  readonly meant: string;
}

export interface NameReview {
  /** The settings that were meant have no value: what somebody wanted is not in force. */
  readonly misspelt: readonly Misspelling[];
  /** Names that may be somebody else's: sentences for the log. */
  readonly notices: readonly string[];
}

/** Below that many characters too much resembles too much (HOST, PORT). */
const MIN_CHARACTERS = 6;
/** From that many on two slips are still the same word. */
const LONG_CHARACTERS = 10;
/** First words of our settings that are those of many other programs, too. */
const COMMON_WORDS = new Set(['ACCESS', 'DATA', 'DEFAULT', 'LOG', 'MAX', 'NODE', 'REDIS']);
const UNIT = /_(MS|MILLISECONDS|S|SECS?|SECONDS|MIN|MINUTES|H|HOURS|D|DAYS)$/;
/** What Kubernetes and Docker put into every container for services beside it, which may be called as our upstreams are. */
const SERVICE_LINK = /_(SERVICE_(HOST|PORT(_\w+)?)|PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?|ENV_\w+)$/;

/** Looks for names that are no settings but look like ours. Names that are set to nothing count as unset, as settings do. */
export function reviewNames(env: Env, settings: readonly Setting<unknown>[]): NameReview {
  const known = new Set(
    settings.flatMap(({ name, isSecret }) => (isSecret ? [name, fileNameOf(name)] : [name])),
  );
  // What nobody may set, or only tests do, is nothing that anybody meant.
  const candidates = settings.filter(({ isHidden }) => !isHidden);
  const words = new Set([...known].filter((name) => name.includes('_')).map(firstWord));
  const misspelt: Misspelling[] = [];
  const notices: string[] = [];
  for (const name of Object.keys(env)) {
    if (known.has(name) || textOf(env, name) === undefined) continue;
    const meant = nearest(name, candidates);
    if (meant !== undefined) {
      const isSet = [meant, fileNameOf(meant)].some(
        (one) => known.has(one) && textOf(env, one) !== undefined,
      );
      if (isSet) notices.push(`${name} is not a setting of Tollgate, ${meant} is in force.`);
      else misspelt.push({ name, meant });
    } else if (words.has(firstWord(name)) && !COMMON_WORDS.has(firstWord(name)) && !SERVICE_LINK.test(name)) {
      notices.push(`${name} is not a setting of Tollgate and has no effect.`);
    }
  }
  return { misspelt, notices };
}

function nearest(name: string, settings: readonly Setting<unknown>[]): string | undefined {
  const spelling = name.toUpperCase().replace(/[-.\s]/g, '_');
  const plain = spelling.replace(/_FILE$/, '');
  let found: { name: string; distance: number } | undefined;
  for (const { name: known, kind } of settings) {
    if (known.length < MIN_CHARACTERS) continue;
    const distance = Math.min(
      slips(spelling, known),
      slips(plain, known),
      // TURN_TIMEOUT or TURN_TIMEOUT_SECONDS for TURN_TIMEOUT_MS.
      kind.range?.unit !== undefined && spelling.replace(UNIT, '') === known.replace(UNIT, '') ? 1 : Infinity,
    );
    if (distance < (found?.distance ?? Infinity)) found = { name: known, distance };
  }
  return found?.name;
}

/** @returns `Infinity` for words that are too different to be the same */
function slips(name: string, known: string): number {
  const allowed = known.length < LONG_CHARACTERS ? 1 : 2;
  // Whatever else is in the environment is mostly told by its length.
  if (Math.abs(name.length - known.length) > allowed) return Infinity;
  const distance = editDistance(name, known);
  return distance <= allowed ? distance : Infinity;
}

const firstWord = (name: string): string => name.slice(0, name.indexOf('_'));
