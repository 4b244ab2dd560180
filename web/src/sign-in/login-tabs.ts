import type { Tokens } from '@tollgate/client';
import { PREFIX } from '../place.js';
import { hasLeft, type SignInChange } from './left.js';

/** How long the other tabs have to answer: one in the background of a busy browser is slow, and one that is being closed never does. */
const ANSWER_MS = 2000;
/** How long those have that did not answer the last time: a phone holds tabs that are not seen, and they have told of all that they had done. */
const SILENT_MS = 300;
/** Renewals that a tab may have slept through and still be told of: the night of one whose tokens are good for five minutes. */
const MAX_REPLACED = 200;
/** Of an access token, by which it is known again. */
const TAIL_CHARACTERS = 16;

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

/** What the tab's own store knows beside it, also behind a reload: the tails of the access tokens that the tab's has replaced. */
const REPLACED_KEY = `tollgate.replaced${PREFIX}`;

/** Absent where the page is no secure context: there nobody signs in at a provider. */
const locks = 'locks' in navigator ? navigator.locks : undefined;

/**
 * A login at an identity provider that every tab has in a store of its own: tabs that come give it to each other, and with it what was renewed, so that no refresh
 * token is used twice (the provider would end the login for that), and its end.
 */
export class LoginTabs {
  private readonly channel: BroadcastChannel | undefined;
  /** How many tabs did not answer the last question. */
  private silent = 0;
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
      const replaced = [tailOf(before), ...this.replaced].slice(0, MAX_REPLACED);
      this.post({ kind: 'renewed', replaced, tokens });
      this.replaced = replaced;
    }
  }

  /** Resolves when another tab has told of newer tokens than are here, or none has any. */
  async newest(): Promise<void> {
    const before = this.login.load()?.accessToken;
    let missing = await this.countOthers();
    const question = Math.random();
    const answered = new Promise<void>((resolve) => {
      const look = (): void => {
        if (missing <= 0) resolve();
        else if (missing <= this.silent) setTimeout(resolve, SILENT_MS);
      };
      this.noteAnswer = (answer) => {
        if (answer !== question) return;
        missing -= 1;
        look();
      };
      look();
    });
    if (missing > 0) await Promise.race([answered, this.renewal(ANSWER_MS, question)]);
    if (this.login.load()?.accessToken === before) this.silent = missing;
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
        if (own === undefined || !message.replaced.includes(tailOf(own))) return;
        this.login.save(message.tokens);
        for (const done of this.waiting) done();
        this.replaced = message.replaced;
        return;
      case 'ended':
        if (own === undefined || !this.isEndedBy(message, own)) return;
        this.replaced = [];
        this.login.save(undefined);
        this.onChange(message.hasLeft ? 'left' : 'ended');
    }
  }

  private answer(question: number, accessToken: string | undefined, tokens: Tokens | undefined): void {
    if (tokens === undefined) this.post({ kind: 'here', question });
    else if (accessToken === undefined) this.post({ kind: 'signed-in', tokens });
    else if (this.replaced.includes(tailOf({ accessToken })))
      this.post({ kind: 'renewed', replaced: this.replaced, tokens });
    else this.post({ kind: 'here', question });
  }

  /** Whoever signs out ends newer tokens, too, of which that tab had not heard yet. */
  private isEndedBy({ accessToken, hasLeft }: Message & { readonly kind: 'ended' }, own: Tokens): boolean {
    return own.accessToken === accessToken || (hasLeft && this.replaced.includes(tailOf({ accessToken })));
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
    return sessionStorage.getItem(REPLACED_KEY)?.split(' ') ?? [];
  }

  private set replaced(tails: readonly string[]) {
    try {
      sessionStorage.setItem(REPLACED_KEY, tails.join(' '));
    } catch {
      // A full storage: others are told now, and cannot be told again.
    }
  }

  private post(message: Message): void {
    this.channel?.postMessage(message);
  }
}

const tailOf = ({ accessToken }: Pick<Tokens, 'accessToken'>): string => accessToken.slice(-TAIL_CHARACTERS);
