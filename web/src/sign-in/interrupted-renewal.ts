import { PREFIX } from '../place.js';

/**
 * Notes the refresh token that is being sent to its provider, for as long as no answer has come. A page that is reloaded meanwhile never hears the answer: the token
 * may be used up, and providers end a login whose refresh token comes twice. For all tabs, which have the same tokens; only a fingerprint is kept.
 */
const KEY = `tollgate.renewing${PREFIX}`;
/** Of 256 bits: enough to tell tokens apart, too little to find one by. */
const FINGERPRINT_CHARACTERS = 12;
/** A page that is being left may be told that its requests have failed; most are gone behind that. */
const LEFT_WITHIN_MS = 1000;

/** A page that is on its way elsewhere may live longer than that, where the server is slow; behind this time it has stayed. */
const LEAVING_MS = 30_000;

let leavingSince = -LEAVING_MS;
window.addEventListener('beforeunload', () => {
  leavingSince = performance.now();
});
let timer: number | undefined;
/** What this page has noted: others may be about the same token. */
let noted: string | undefined;

export async function noteRenewal(refreshToken: string): Promise<void> {
  window.clearTimeout(timer);
  noted = `${await fingerprintOf(refreshToken)} ${crypto.randomUUID()}`;
  localStorage.setItem(KEY, noted);
}

/** To be called when an answer has come, whatever it says. */
export function noteAnswer(): void {
  window.clearTimeout(timer);
  localStorage.removeItem(KEY);
}

/** To be called when the provider could not be reached: unless it is this page that goes away. */
export function noteFailure(): void {
  window.clearTimeout(timer);
  const own = noted;
  timer = window.setTimeout(() => {
    if (performance.now() - leavingSince < LEAVING_MS) return;
    // Meanwhile another tab may be trying: that note is not ours.
    if (localStorage.getItem(KEY) === own) noteAnswer();
  }, LEFT_WITHIN_MS);
}

/** Whether any renewal has begun of which nobody has said how it ended. */
export function isAnyOpen(): boolean {
  return localStorage.getItem(KEY) !== null;
}

/** Whether this token was sent and no answer is known; to be asked where no tab renews at the moment. */
export async function isInDoubt(refreshToken: string): Promise<boolean> {
  const [fingerprint] = localStorage.getItem(KEY)?.split(' ') ?? [];
  return fingerprint !== undefined && fingerprint === (await fingerprintOf(refreshToken));
}

async function fingerprintOf(token: string): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token));
  return btoa(String.fromCharCode(...new Uint8Array(hash))).slice(0, FINGERPRINT_CHARACTERS);
}
