import type { Tokens } from '@tollgate/client';
import { hasLeft, type SignInChange } from './left.js';

/** How long the other tabs have to answer once one of them has: they are in the same browser. */
const ANSWER_MS = 200;
/** How long the first one has: a tab in the background of a busy browser is slow. Where none answers, there is none any more. */
const FIRST_ANSWER_MS = 2000;
/** Renewals that a tab may have slept through and still be told of. */
const MAX_REPLACED = 8;

type Message =
  | { readonly kind: 'asked'; readonly accessToken: string | undefined }
  /** Answers what was asked: nothing newer is known here. */
  | { readonly kind: 'here' }
  | { readonly kind: 'signed-in'; readonly tokens: Tokens }
  | { readonly kind: 'renewed'; readonly replaced: readonly string[]; readonly tokens: Tokens }
  | { readonly kind: 'ended'; readonly accessToken: string; readonly hasLeft: boolean };

/** This tab's part of the login. */
export interface TabLogin {
  load(): Tokens | undefined;
  save(tokens: Tokens | undefined): void;
}

/**
 * A login at an identity provider that every tab has in a store of its own: tabs that come give it to each other, and with it what was renewed, so that no refresh
 * token is used twice (the provider would end the login for that), and its end.
 */
export class LoginTabs {
  private readonly channel: BroadcastChannel | undefined;
  private readonly answers = new Set<() => void>();
  private replaced: readonly string[] = [];
  private hasOthers = false;
  private noteHeard: () => void = () => undefined;

  /** @param onChange called when another tab has signed this one in, or out */
  constructor(
    name: string,
    private readonly login: TabLogin,
    private readonly onChange: (change: SignInChange) => void,
  ) {
    if (typeof BroadcastChannel === 'undefined') return;
    this.channel = new BroadcastChannel(name);
    this.channel.addEventListener('message', ({ data }: MessageEvent<Message>) => {
      this.hasOthers = true;
      this.take(data);
    });
    this.ask();
  }

  /** Tells the others what has become of the login here. */
  tell(before: Tokens | undefined, tokens: Tokens | undefined): void {
    if (before === undefined && tokens !== undefined) this.post({ kind: 'signed-in', tokens });
    if (before === undefined) return;
    if (tokens === undefined) {
      this.replaced = [];
      this.post({ kind: 'ended', accessToken: before.accessToken, hasLeft: hasLeft() });
    } else {
      this.replaced = [before.accessToken, ...this.replaced].slice(0, MAX_REPLACED);
      this.post({ kind: 'renewed', replaced: this.replaced, tokens });
    }
  }

  /** Resolves when another tab has told of newer tokens than are here, or none has any. */
  async newest(): Promise<void> {
    if (!this.hasOthers) return;
    this.hasOthers = false;
    const heard = new Promise<void>((resolve) => {
      this.noteHeard = () => setTimeout(resolve, ANSWER_MS);
    });
    await Promise.race([heard, this.renewal(FIRST_ANSWER_MS)]);
  }

  /** Resolves when another tab has told of newer tokens than are here, or the time is over. */
  renewal(withinMs: number): Promise<void> {
    return new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.answers.delete(done);
        resolve();
      };
      const timer = setTimeout(done, withinMs);
      this.answers.add(done);
      this.ask();
    });
  }

  private ask(): void {
    this.post({ kind: 'asked', accessToken: this.login.load()?.accessToken });
  }

  private take(message: Message): void {
    const own = this.login.load();
    switch (message.kind) {
      case 'asked':
        if (own !== undefined) this.answer(message.accessToken, own);
        return;
      case 'here':
        this.noteHeard();
        return;
      case 'signed-in':
        if (own !== undefined) return;
        this.login.save(message.tokens);
        this.onChange('signed-in');
        return;
      case 'renewed':
        if (own === undefined || !message.replaced.includes(own.accessToken)) return;
        this.replaced = message.replaced;
        this.login.save(message.tokens);
        for (const done of this.answers) done();
        return;
      case 'ended':
        if (own?.accessToken !== message.accessToken) return;
        this.login.save(undefined);
        this.onChange(message.hasLeft ? 'left' : 'ended');
    }
  }

  private answer(accessToken: string | undefined, tokens: Tokens): void {
    if (accessToken === undefined) this.post({ kind: 'signed-in', tokens });
    else if (this.replaced.includes(accessToken))
      this.post({ kind: 'renewed', replaced: this.replaced, tokens });
    else this.post({ kind: 'here' });
  }

  private post(message: Message): void {
    this.channel?.postMessage(message);
  }
}
