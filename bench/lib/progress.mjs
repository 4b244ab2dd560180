const startedAt = performance.now();

/** One line about what is being done, with the seconds since the start. */
export function progress(text) {
  const seconds = (performance.now() - startedAt) / 1000;
  process.stdout.write(`${seconds.toFixed(0).padStart(5)} s  ${text}\n`);
}
