import { TollgateError, type IdentityProvider } from '@tollgate/client';
import { forgetQuestions } from '@tollgate/client/react';
import { forgetDraft } from '../composer/draft.js';
import { BASE_ADDRESS } from '../place.js';
import { ownStorage } from '../own-storage.js';
import { tokenStore, tollgate } from '../tollgate.js';
import { noteAnswer } from './interrupted-renewal.js';
import { hasLeft, noteArrived, noteLeft } from './left.js';
import { loadIdentityProvider } from './load-identity-provider.js';
import { SignInFailure } from './sign-in-failure.js';

/** Whose the questions are that this browser keeps. */
const OWNER_KEY = 'tollgate.owner';
/** Why somebody who has signed out is still signed in at the provider: its name, until it was said. */
const STILL_SIGNED_IN_KEY = 'tollgate.still-signed-in';

/** Set while this tab is at a provider that is to give a login's tokens anew. */
const TAKING_UP_KEY = 'tollgate.taking-up';

export interface Opening {
  readonly isSignedIn: boolean;
  /** Why not, when it was tried. */
  readonly failure?: unknown;
}

/** Whether an address is what a provider sends people back to. */
function isArrival({ searchParams }: URL): boolean {
  return searchParams.has('state') && (searchParams.has('code') || searchParams.has('error'));
}

let opened: Promise<Opening> | undefined;

/** Whether somebody is signed in when the page opens, with what a provider has sent them back with. Never rejects. */
export function open(): Promise<Opening> {
  // Once, however often it is asked: a code is good for one use.
  return (opened ??= openPage());
}

async function openPage(): Promise<Opening> {
  const { href } = window.location;
  if (!isArrival(new URL(href))) return stay();
  // Codes do not belong into the history.
  window.history.replaceState(null, '', BASE_ADDRESS);
  try {
    const { tokens, hash } = await (await loadIdentityProvider()).arrive(href);
    tokenStore.save(tokens);
    window.history.replaceState(null, '', BASE_ADDRESS + hash);
    await settleIn();
    return { isSignedIn: true };
  } catch (failure) {
    if (failure instanceof SignInFailure && failure.kind === 'ended') tokenStore.save(undefined);
    // Somebody has come back to an address that was used already.
    if (await tollgate.isSignedIn()) return { isSignedIn: true };
    return { isSignedIn: false, failure };
  } finally {
    if (stopTakingUp()) noteAnswer();
  }
}

async function stay(): Promise<Opening> {
  // A tab that was asleep, or closed, when somebody signed out.
  if (hasLeft() && tokenStore.load()?.provider !== undefined) tokenStore.save(undefined);
  if (await tokenStore.isRenewalLost()) await takeUpAgain();
  if (await tollgate.isSignedIn()) return { isSignedIn: true };
  const provider = sessionStorage.getItem(STILL_SIGNED_IN_KEY);
  sessionStorage.removeItem(STILL_SIGNED_IN_KEY);
  if (provider === null) return { isSignedIn: false };
  return { isSignedIn: false, failure: new SignInFailure('signed-out-here-only', provider) };
}

/**
 * Behind a reload that has cut off a renewal the refresh token may be used up, and must not be tried: the provider, where the person is still signed in, gives other tokens
 * without asking. Resolves only where it can't be reached: then the tokens that are here are as good as they are.
 */
async function takeUpAgain(): Promise<void> {
  const tokens = tokenStore.load();
  // Once: a provider that does not send the page back must not be where it always ends. Without a hint whoever is signed in at the provider by now would come back.
  if (stopTakingUp() || tokens?.provider === undefined || tokens.idToken === undefined) {
    noteAnswer();
    return;
  }
  try {
    // Until the page is back, other tabs find that the renewal was cut off.
    sessionStorage.setItem(TAKING_UP_KEY, 'yes');
    await (await loadIdentityProvider()).leaveFor(tokens.provider, tokens);
  } catch {
    stopTakingUp();
    noteAnswer();
    return;
  }
  // The page is being left.
  await new Promise(() => undefined);
}

/** @returns whether it was */
function stopTakingUp(): boolean {
  const was = sessionStorage.getItem(TAKING_UP_KEY) !== null;
  sessionStorage.removeItem(TAKING_UP_KEY);
  return was;
}

/** Goes to a provider, which sends the person back to this page. @throws SignInFailure */
export async function signInAt({ clientId = '', ...provider }: IdentityProvider): Promise<void> {
  await (await loadIdentityProvider()).leaveFor({ ...provider, clientId });
}

/**
 * Behind a sign-in: what somebody has asked who was signed out without wanting it is still there, what somebody else has asked is not.
 * @throws SignInFailure when the server does not accept what the provider has given: then nobody is signed in
 */
export async function settleIn(): Promise<void> {
  // First: a page that is reloaded while the server is asked takes the login for one that somebody has left, otherwise.
  noteArrived();
  const owner = await whoSignedIn();
  const before = ownStorage.getItem(OWNER_KEY);
  if (owner === undefined || before !== owner) forgetAll();
  // The conversation of somebody else; without anybody before, it is what was asked for.
  if (before !== null && before !== owner) window.history.replaceState(null, '', BASE_ADDRESS);
  if (owner !== undefined) ownStorage.setItem(OWNER_KEY, owner);
}

/** @returns undefined when the server can't be asked @throws SignInFailure, TollgateError when it refuses who came from a provider */
async function whoSignedIn(): Promise<string | undefined> {
  const provider = tokenStore.load()?.provider;
  try {
    return (await tollgate.me()).userId;
  } catch (error) {
    // One that answers late, or not at all, has not refused anybody.
    if (provider === undefined || !(error instanceof TollgateError) || error.isRetryable) return undefined;
    tokenStore.save(undefined);
    throw error.is('unauthenticated') ? new SignInFailure('not-accepted', provider.name) : error;
  }
}

/** Forgets what was asked here: it is nobody else's. */
export function forgetAll(): void {
  forgetQuestions(ownStorage);
  forgetDraft();
}

/** Signs out, at the provider too, which the page leaves for. */
export async function signOut(): Promise<void> {
  noteLeft();
  const tokens = tokenStore.load();
  await tollgate.logout();
  forgetAll();
  window.history.replaceState(null, '', BASE_ADDRESS);
  if (tokens?.provider === undefined) {
    window.location.reload();
    return;
  }
  try {
    const address = await (await loadIdentityProvider()).end(tokens);
    window.location.assign(address ?? BASE_ADDRESS);
  } catch {
    sessionStorage.setItem(STILL_SIGNED_IN_KEY, tokens.provider.name);
    window.location.reload();
  }
}
