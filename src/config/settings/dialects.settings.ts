import { chatflowId } from '../schema/kinds.js';
import { concern, setting } from '../schema/setting.js';

export interface DialectsConfig {
  /** The chatflow of clients whose wire format names none. */
  readonly defaultChatflow: string;
  /** The chatflow of Storm clients that name no buckets. */
  readonly stormChatflow: string;
}

export const DIALECTS = concern({
  title: 'Wire formats',
  settings: {
    defaultChatflow: setting('DEFAULT_CHATFLOW', chatflowId(), {
      default: 'assistant',
      about: 'The chatflow of clients whose wire format names none.',
    }),
    stormChatflow: setting('STORM_CHATFLOW', chatflowId(), {
      about: 'The chatflow of Storm clients that name no buckets. Unset: DEFAULT_CHATFLOW.',
    }),
  },
  compose: ({ defaultChatflow, stormChatflow }): DialectsConfig => ({
    defaultChatflow,
    stormChatflow: stormChatflow ?? defaultChatflow,
  }),
});
