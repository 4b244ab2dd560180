import type { KeyValueStorage } from '../auth/browser-token-store.js';
import { RememberedQuestions } from './remembered-questions.js';
import { UnsentQuestions } from './unsent-questions.js';

/** Forgets whatever was asked in this browser: call it when somebody has signed out, for it is nobody else's. */
export function forgetQuestions(storage: KeyValueStorage): void {
  new RememberedQuestions(storage).clear();
  new UnsentQuestions(storage).clear();
}
