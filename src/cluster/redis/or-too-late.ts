import { BusFailure } from '../instance-bus.port.js';

/** @throws BusFailure when the work takes longer than this; what it rejects with otherwise */
export async function orTooLate<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new BusFailure('Redis has not answered in time.')), timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
