import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { BREAKS, RECALL } from './answers.js';
import { Attempt, type Asking, type LoadUser, type Manner } from './attempt.js';
import { Incarnation } from './incarnation.js';
import type { Load, LoadChatflow } from './load.js';
import type { Random } from './random.js';
import { questionWord } from './words.js';

/** What everybody calls their sessions. */
const NAMES = ['main', 'default'];
/** Turns of one session before it is deleted; its messages fit one page. */
const TURNS_PER_SESSION = 15;
const MOST_FRAMES_BEFORE_ACTING = 20;
/** Early enough that the turn still runs when the same is asked again. */
const MOST_FRAMES_BEFORE_REPEATING = 5;
/** Either request may leave first, by as much: a turn is opened within as few milliseconds as a session is deleted. */
const MOST_RACE_DELAY_MS = 10;
const RETRY_PAUSE_MS = 60;

const MANNER_SHARES: readonly (readonly [Manner, number])[] = [
  ['read', 0.44],
  ['read-once', 0.14],
  ['leave', 0.08],
  ['yield', 0.11],
  ['repeat', 0.07],
  ['stop', 0.08],
  ['stop-leave', 0.08],
];
const STAY = 0.8;
const DELETE = 0.06;
const RACE = 0.05;
const REGENERATE = 0.1;
const KEYED = 0.3;
/** Another chatflow is asked in between, in the same session. */
const SWITCHES = 0.08;
const RECALLS = 0.55;
const BREAKING = 0.04;

/** One client of a user: it has sessions that nobody else uses, although others have sessions of the same names. */
export class User {
  private readonly random: Random;
  /** The lives of its sessions by their names; the last one has no name until the server gives it one. */
  private readonly slots: (string | undefined)[];
  private readonly current = new Map<string | undefined, Incarnation>();
  private slot: string | undefined;

  constructor(
    private readonly load: Load,
    private readonly user: LoadUser,
    client: number,
  ) {
    this.random = load.world.random(`user ${user.index} ${client}`);
    this.slots = [...NAMES.map((name) => (client === 0 ? name : `${name}-${client}`)), undefined];
    this.slot = this.slots[0];
  }

  async run(): Promise<void> {
    for (;;) {
      await this.load.phases.whenOpen();
      if (this.load.isStopped) return;
      const incarnation = await this.chooseSession();
      const isKnown = incarnation.id !== undefined && incarnation.attempts.length > 0;
      if (isKnown && this.random.chance(RACE)) await this.race(incarnation);
      else await this.ask(incarnation);
    }
  }

  private async chooseSession(): Promise<Incarnation> {
    if (!this.random.chance(STAY)) this.slot = this.slots[this.random.below(this.slots.length)];
    const incarnation = this.currentOf(this.slot);
    const { attempts, id } = incarnation;
    if (attempts.length === 0) return incarnation;
    // A session that nobody ever named is lost with the answer that would have named it.
    if (id === undefined) return this.beginAnew(this.slot);
    if (attempts.length < TURNS_PER_SESSION && !this.random.chance(DELETE)) return incarnation;
    const isDeleted = await this.load.sessions.delete(incarnation);
    if (!isDeleted)
      this.load.violations.add('stuck hold', 'a turn that was stopped does not end', attempts.at(-1));
    return this.beginAnew(this.slot);
  }

  private currentOf(slot: string | undefined): Incarnation {
    return this.current.get(slot) ?? this.beginAnew(slot);
  }

  private beginAnew(slot: string | undefined): Incarnation {
    const incarnation = new Incarnation(this.user, this.anyChatflow(), slot);
    this.current.set(slot, incarnation);
    return incarnation;
  }

  private anyChatflow(): string {
    const weights = this.load.world.chatflows.map((chatflow) => [chatflow, chatflow.weight] as const);
    return this.random.pick<LoadChatflow>(weights).id;
  }

  private async ask(incarnation: Incarnation): Promise<void> {
    const attempt = new Attempt(this.next(incarnation));
    this.join(incarnation, attempt);
    await this.perform(attempt);
    incarnation.id ??= attempt.sessionId;
    const { manner } = attempt.asking;
    if (manner === 'yield' || manner === 'stop-leave') this.load.deeds.yielded++;
    if (manner === 'repeat' && attempt.turnId !== undefined && attempt.problems.length === 0)
      await this.repeat(incarnation, attempt);
    this.load.finish(attempt);
    if (manner === 'leave') this.slot = this.slots[this.random.below(this.slots.length)];
  }

  /** The same once more at once: it finds the turn as long as that runs, and with its key also later. */
  private async repeat(incarnation: Incarnation, first: Attempt): Promise<void> {
    const { asking } = first;
    // Where the server chose the session, only the key tells that it is the same request.
    if (asking.askedIn === undefined && asking.key === undefined) return;
    const repeated = new Attempt({ ...asking, manner: 'read' });
    this.join(incarnation, repeated);
    await this.perform(repeated);
    this.load.deeds.repeated++;
    if (repeated.turnId === first.turnId) {
      this.load.deeds.attached++;
      repeated.alsoTold.push(first.text);
      if (repeated.text !== '' && repeated.isComplete && !repeated.text.startsWith(first.text))
        repeated.problems.push(`a repeat was told something else than ${JSON.stringify(first.text)}`);
    } else if (repeated.turnId !== undefined) {
      await this.checkBoughtTwice(first, repeated);
    }
    this.load.finish(repeated);
  }

  /** A repeat buys a second turn only when the first had ended. */
  private async checkBoughtTwice(first: Attempt, second: Attempt): Promise<void> {
    const { sessions, violations } = this.load;
    const turnOf = ({ turnId }: Attempt) =>
      sessions.persistently(() => sessions.turnOf(this.user, String(turnId)));
    const [before, after] = [await turnOf(first), await turnOf(second)];
    const openedAt = Date.parse(after?.startedAt ?? '') + (this.load.world.admissionMs ?? 0);
    const isLater = Date.parse(before?.endedAt ?? '') <= openedAt;
    if (first.asking.key !== undefined || !isLater)
      violations.add('double charge', 'a repeat bought a second turn', { first, second, before, after });
  }

  /** Deletes the session while a turn begins in it: either comes first, and nothing of both is left in between. */
  private async race(incarnation: Incarnation): Promise<void> {
    const { sessions, deeds } = this.load;
    const view = await sessions.viewAtRest(incarnation);
    if (view === undefined) return;
    incarnation.lastView = view;
    deeds.raced++;
    const attempt = new Attempt({ ...this.next(incarnation, false), manner: 'read' });
    const lead = (this.random.next() * 2 - 1) * MOST_RACE_DELAY_MS;
    const after = async <T>(pauseMs: number, work: () => Promise<T>): Promise<T> => {
      if (pauseMs > 0) await delay(pauseMs);
      return work();
    };
    const [deletion] = await Promise.all([
      after(lead, () => sessions.deleteOnce(incarnation)),
      after(-lead, () => this.perform(attempt)),
    ]);
    if (deletion === 'busy' && !(await this.wasDeleted(incarnation))) {
      incarnation.lastView = undefined;
      this.join(incarnation, attempt);
    } else if (deletion === 'broken') {
      // Whichever of both was there is gone when this is through.
      attempt.isFateUnknown = true;
      this.join(incarnation, attempt);
      while ((await sessions.persistently(() => sessions.deleteOnce(incarnation))) !== 'deleted')
        await delay(RETRY_PAUSE_MS);
      this.noteDeleted(incarnation);
    } else {
      const { turnId } = attempt;
      const turn =
        turnId === undefined
          ? undefined
          : await sessions.persistently(() => sessions.turnOf(this.user, turnId));
      this.noteDeleted(incarnation);
      attempt.isFateUnknown = turnId !== undefined && turn === undefined;
      this.join(attempt.isFateUnknown ? incarnation : this.currentOf(this.slot), attempt);
    }
    this.load.finish(attempt);
  }

  /** A balancer repeats a deletion whose instance went: then the answer tells of the second try only, which a new turn may have kept out. */
  private async wasDeleted({ attempts }: Incarnation): Promise<boolean> {
    const { sessions, world } = this.load;
    const turnId = attempts.findLast((attempt) => attempt.turnId !== undefined)?.turnId;
    if (world.passing === undefined || turnId === undefined) return false;
    return (await sessions.persistently(() => sessions.turnOf(this.user, turnId))) === undefined;
  }

  private noteDeleted(incarnation: Incarnation): void {
    incarnation.isDeleted = true;
    this.load.sessions.deleted++;
    this.current.set(this.slot, new Incarnation(this.user, incarnation.chatflowId, incarnation.id));
  }

  private join(incarnation: Incarnation, attempt: Attempt): void {
    attempt.incarnation = incarnation;
    incarnation.attempts.push(attempt);
  }

  private async perform(attempt: Attempt): Promise<void> {
    this.load.begin(attempt);
    await this.load.client.perform(attempt);
  }

  /** @param mayRepeat whether it may be an earlier question; its words would not tell in which life of the session it was asked */
  private next(incarnation: Incarnation, mayRepeat = true): Asking {
    const { random } = this;
    const last = incarnation.attempts.at(-1);
    const regenerates =
      last?.isComplete === true && random.chance(REGENERATE) ? last.metadata?.messageId : undefined;
    if (regenerates !== undefined) this.load.deeds.regenerated++;
    const keepsQuestion = mayRepeat && regenerates !== undefined && random.chance(0.5);
    const word = keepsQuestion ? String(last?.asking.word) : questionWord(this.user.index, this.load.started);
    this.load.started++;
    const manner = random.pick(MANNER_SHARES);
    const switches = !keepsQuestion && random.chance(SWITCHES);
    const chatflowId = switches ? this.anyChatflow() : incarnation.chatflowId;
    const isKeyed = random.chance(KEYED);
    return {
      user: this.user,
      chatflowId,
      question: keepsQuestion ? String(last?.question) : `${word}: ${this.wish(chatflowId)}`,
      word,
      manner,
      actsAfter:
        1 + random.below(manner === 'repeat' ? MOST_FRAMES_BEFORE_REPEATING : MOST_FRAMES_BEFORE_ACTING),
      approves: random.chance(0.7),
      ...(isKeyed && regenerates === undefined ? { key: randomUUID() } : {}),
      ...(incarnation.id === undefined ? {} : { askedIn: incarnation.id }),
      ...(regenerates === undefined ? {} : { regenerates }),
    };
  }

  private wish(chatflowId: string): string {
    const chatflow = this.load.world.chatflows.find(({ id }) => id === chatflowId);
    if (this.random.chance(RECALLS)) return RECALL;
    // An error of a flow that cannot stream is never told, and a flow that is not there has a substitute.
    const canBreak =
      chatflow?.kind !== undefined && chatflow.kind !== 'nonStreaming' && chatflow.fallback === undefined;
    return canBreak && this.random.chance(BREAKING) ? BREAKS : 'Go on.';
  }
}
