const FIRST_PAUSE_MS = 2;
/** Who waits for long, for what an instance looks for once in ten seconds, must not keep the machine busy by asking. */
const LONGEST_PAUSE_MS = 32;

/** Looks again and again until it is so, after pauses that grow; the test's own time-out bounds the patience. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let pauseMs = FIRST_PAUSE_MS; !(await condition()); pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS))
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
}
