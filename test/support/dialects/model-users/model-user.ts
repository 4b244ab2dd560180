import { z } from 'zod';
import type { ClientSetup } from '../dialect-client.js';

/** What programs do with a model besides asking it; each with a library's own words for it. */
export interface ModelUser {
  readonly name: string;
  readonly with: (setup: ClientSetup) => Deeds;
}

export interface Deeds {
  /** An answer of the form `REPORT`. */
  structured(question: string): Promise<unknown>;
  /** The same, streamed. */
  structuredStream(question: string): Promise<unknown>;
  /** The call that the model is made to make, streamed: the tool's name and arguments. */
  demanded(question: string): Promise<readonly [name: string, input: unknown]>;
  /** The final answer, after `weather` was run as often as the model wants. */
  loop(question: string): Promise<string>;
  loopStream(question: string): Promise<string>;
  /** The same, and then another question behind it, with everything before. @returns both answers */
  goesOn(question: string, next: string): Promise<readonly [string, string]>;
}

export const REPORT = z.object({ city: z.string(), degrees: z.number() });
export const CITY = z.object({ city: z.string() });
export const WEATHER = 'weather';
export const WEATHER_DESCRIPTION = 'Tells the weather of a city.';
export const tellWeather = ({ city }: z.infer<typeof CITY>): string => `20 °C in ${city}`;
