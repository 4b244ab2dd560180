import { ownStorage } from '../own-storage.js';

/** Set from the moment somebody signs out until somebody signs in. */
const LEFT_KEY = 'tollgate.left';

/** What has become of the login; `left`: somebody has signed out, `ended`: it has ended by itself. */
export type SignInChange = 'signed-in' | 'left' | 'ended';

/** Whether somebody has signed out. What another tab has noted may come later than its messages do. */
export function hasLeft(): boolean {
  return ownStorage.getItem(LEFT_KEY) !== null;
}

export function noteLeft(): void {
  ownStorage.setItem(LEFT_KEY, 'yes');
}

export function noteArrived(): void {
  ownStorage.removeItem(LEFT_KEY);
}
