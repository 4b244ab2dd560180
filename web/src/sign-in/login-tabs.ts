import type { Tokens } from '@tollgate/client';
import { PREFIX } from '../place.js';
import { hasLeft, type SignInChange } from './left.js';

/** How long the other tabs have to answer: one in the background of a busy browser is slow, and one that is being closed never does. */
const ANSWER_MS = 2000;
/** Renewals that a tab may have slept through and still be told of. */
const MAX_REPLACED = 8;

type Message =
  | { readonly kind: 'asked'; readonly question: number; readonly accessToken: string | undefined }
  /** Answers what was asked: nothing newer is known here. */
  | { readonly kind: 'here'; readonly question: number }
  | { readonly kind: 'signed-in'; readonly tokens: Tokens }
  | { readonly kind: 'renewed'; readonly replaced: readonly string[]; readonly tokens: Tokens }
  | { readonly kind: 'ended'; readonly accessToken: string; readonly hasLeft: boolean };

/** This tab's part of the login. */
export interface TabLogin {
  load(): Tokens | undefined;
  save(tokens: Tokens | undefined): void;
}

/** What the tab's own store knows beside it, also behind a reload: the access tokens that the tab's has replaced. */
const REPLACED_KEY = `tollgate.replaced${PREFIX}`;

/** Absent where the page is no secure context: there nobody signs in at a provider. */
const locks = 'locks' in navigator ? navigator.locks : undefined;

/**
 * A login at an identity provider that every tab has in a store of its own: tabs that come give it to each other, and with it what was renewed, so that no refresh
 * token is used twice (the provider would end the login for that), and its end.
 */
export class LoginTabs {
  private readonly channel: BroadcastChannel | undefined;
  /** Whoever waits for newer tokens. */
  private readonly waiting = new Set<() => void>();
  /** To be called with the number of a question that another tab has answered. */
  private noteAnswer: (question: number) => void = () => undefined;

  /** @param onChange called when another tab has signed this one in, or out */
  constructor(
    private readonly name: string,
    private readonly login: TabLogin,
    private readonly onChange: (change: SignInChange) => void,
  ) {
    if (typeof BroadcastChannel === 'undefined') return;
    this.channel = new BroadcastChannel(name);
    this.channel.addEventListener('message', ({ data }: MessageEvent<Message>) => {
      this.take(data);
    });
    void this.beThere();
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
    let silent = await this.countOthers();
    if (silent === 0) return;
    const question = Math.random();
    const answered = new Promise<void>((resolve) => {
      this.noteAnswer = (answer) => {
        if (answer === question && --silent === 0) resolve();
      };
    });
    await Promise.race([answered, this.renewal(ANSWER_MS, question)]);
  }

  /** Resolves when another tab has told of newer tokens than are here, or the time is over. */
  renewal(withinMs: number, question = 0): Promise<void> {
    return new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, withinMs);
      this.waiting.add(done);
      this.ask(question);
    });
  }

  private ask(question = 0): void {
    this.post({ kind: 'asked', question, accessToken: this.login.load()?.accessToken });
  }

  private take(message: Message): void {
    const own = this.login.load();
    switch (message.kind) {
      case 'asked':
        this.answer(message.question, message.accessToken, own);
        return;
      case 'here':
        this.noteAnswer(message.question);
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
        for (const done of this.waiting) done();
        return;
      case 'ended':
        if (own?.accessToken !== message.accessToken) return;
        this.replaced = [];
        this.login.save(undefined);
        this.onChange(message.hasLeft ? 'left' : 'ended');
    }
  }

  private answer(question: number, accessToken: string | undefined, tokens: Tokens | undefined): void {
    if (tokens === undefined) this.post({ kind: 'here', question });
    else if (accessToken === undefined) this.post({ kind: 'signed-in', tokens });
    else if (this.replaced.includes(accessToken))
      this.post({ kind: 'renewed', replaced: this.replaced, tokens });
    else this.post({ kind: 'here', question });
  }

  /** Holds a lock that all tabs share, for as long as this one is there. */
  private async beThere(): Promise<void> {
    await locks?.request(this.lock, { mode: 'shared' }, () => new Promise(() => undefined));
  }

  /** How many other tabs there are, which will answer. */
  private async countOthers(): Promise<number> {
    const { held = [] } = (await locks?.query()) ?? {};
    return Math.max(held.filter(({ name }) => name === this.lock).length - 1, 0);
  }

  private get lock(): string {
    return `${this.name}.tab`;
  }

  private get replaced(): readonly string[] {
    return JSON.parse(sessionStorage.getItem(REPLACED_KEY) ?? '[]') as readonly string[];
  }

  private set replaced(tokens: readonly string[]) {
    sessionStorage.setItem(REPLACED_KEY, JSON.stringify(tokens));
  }

  private post(message: Message): void {
    this.channel?.postMessage(message);
  }
}
