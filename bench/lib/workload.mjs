/**
 * A workload's name is its recipe, so that any server can pass it on as a flow id or a model: `n` tokens, `r` per second
 * (0: as fast as they are read; 0.2: one in five seconds), `hold`: after the tokens say nothing and keep the stream open,
 * `spread`: the first token after a random part of the pause between two, so that many streams do not tick at once.
 */
export function parseWorkload(name) {
  const [, tokens, rate, hold, spread] = /^n(\d+)-r(\d+(?:\.\d+)?)(-hold)?(-spread)?$/.exec(name) ?? [];
  if (tokens === undefined) throw new Error(`not a workload: ${name}`);
  return {
    tokens: Number(tokens),
    rate: Number(rate),
    hold: hold !== undefined,
    spread: spread !== undefined,
  };
}

/** Nanoseconds of a clock that all processes of a machine share. */
export const nowNs = () => process.hrtime.bigint();

/**
 * What token `index` says: its number and, when it is paced, the time it was sent. One word, so that a reader can tell
 * tokens apart however they were merged.
 */
export const tokenText = (index, sentNs) => (sentNs === undefined ? `t${index} ` : `t${index}@${sentNs} `);
