/** Looks again and again until it is so; the test's own time-out bounds the patience. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}
