import { toJson } from '../../platform/json/to-json.js';

/** Stands in a frame where its text belongs. No id has such a character. */
export const TEXT = '\u0000text\u0000';

const TEXT_JSON = JSON.stringify(TEXT);

/**
 * The JSON of a frame, cut where its text belongs, for frames that are written once per piece of text: they are typed as all others are, and
 * a piece costs the JSON of its text.
 * @param frame has `TEXT` as one of its values
 */
export function aroundText(frame: object): readonly [head: string, tail: string] {
  const [head = '', tail = ''] = toJson(frame).split(TEXT_JSON);
  return [head, tail];
}
