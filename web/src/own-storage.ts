import type { KeyValueStorage } from '@tollgate/client';
import { PREFIX } from './place.js';

/** What is kept of a user's own: two instances under different prefixes of one host have different users. */
export const ownStorage: KeyValueStorage = {
  getItem: (key) => localStorage.getItem(key + PREFIX),
  setItem: (key, value) => {
    localStorage.setItem(key + PREFIX, value);
  },
  removeItem: (key) => {
    localStorage.removeItem(key + PREFIX);
  },
};
