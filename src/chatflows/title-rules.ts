import type { Chatflow } from './chatflow.js';

/** Whether asking a chatflow for a title does nothing else: one with tools of ours would do what it reads of. */
export function canMakeTitles({ provider, upstream }: Pick<Chatflow, 'provider' | 'upstream'>): boolean {
  return provider === 'flowise' || (provider === 'openai' && upstream.tools !== true);
}
