import { Injectable } from '@nestjs/common';
import type { Chatflow } from '../../../chatflows/chatflow.js';
import { assertEnabled } from '../../../chatflows/enabled.js';
import { errors } from '../../../platform/errors/errors.js';
import { Drain } from '../../../platform/lifecycle/drain.service.js';
import type { AcceptedInput } from '../../client-input/client-input.service.js';
import { SessionMemory, type KnownMemory } from '../../conversations/session-memory.service.js';
import { TurnAttachments, type TakenFiles } from '../../attachments/turn-attachments.service.js';
import { HistoryStore } from '../../records/history.store.port.js';
import { FIRST_PLACE, type SessionPlace } from '../../records/session-place.js';
import { MAX_FORKS } from '../../records/session-branches.js';
import type { TurnRequest } from '../../records/turn-request.js';
import type { TurnOpening, TurnRecord } from '../../records/turn.js';
import { EarlierTurns } from './earlier-turns.service.js';
import { Eligibility } from './eligibility.service.js';
import { nothingAsked, type PendingQuestion } from './open-questions.service.js';
import { identify } from './request-identity.js';
import { SessionEntry, type AttachedTurn } from './session-entry.service.js';
import { SessionOccupancy } from './session-occupancy.service.js';
import { SessionQuota } from './session-quota.service.js';
import { StorageQuota } from './storage-quota.service.js';
import { TurnHold } from './turn-hold.service.js';
import type { RateState } from './turn-limits.service.js';
import { TurnOpenings, type OpenedTurn } from './turn-opening.service.js';

/** Others can come first each time that the session has become free. */
const ENTRIES = 5;

const NOTHING_TAKEN = (): void => undefined;

export type Admission =
  | { readonly kind: 'attached'; readonly turn: TurnRecord; readonly input: AcceptedInput }
  | {
      readonly kind: 'admitted';
      readonly input: AcceptedInput;
      /** With the files themselves that it names. */
      readonly asked: TurnRequest;
      /** What it answers. */
      readonly question: PendingQuestion | undefined;
      readonly turn: TurnRecord;
      readonly chatflow: Chatflow;
      /** What the chatflow's upstream remembers of the session. */
      readonly memory: KnownMemory;
      readonly rate: RateState;
      /** To be called when the turn has ended. */
      readonly leave: () => void;
    };

/** Decides whether a turn may run, and has it opened and paid for before the upstream is called. */
@Injectable()
export class AdmissionService {
  /** Admissions under way that carry a key; each resolves when it is decided, and never rejects. */
  private readonly underWay = new Map<string, Promise<void>>();

  constructor(
    private readonly drain: Drain,
    private readonly eligibility: Eligibility,
    private readonly earlier: EarlierTurns,
    private readonly occupancy: SessionOccupancy,
    private readonly entry: SessionEntry,
    private readonly quota: SessionQuota,
    private readonly storage: StorageQuota,
    private readonly openings: TurnOpenings,
    private readonly holds: TurnHold,
    private readonly history: HistoryStore,
    private readonly memory: SessionMemory,
    private readonly attachments: TurnAttachments,
  ) {}

  /**
   * @throws AppError `validation_failed`, `not_found`, `chatflow_access_denied`, `chatflow_disabled`, `idempotency_key_reused`, `turn_in_progress`, `parent_not_found`, `quota_exceeded`, `rate_limited`, `overloaded`,
   * `insufficient_credits`, `accounting_unavailable`, `upstream_unavailable`; then nothing is stored and nothing is held
   */
  async admit(request: TurnRequest): Promise<Admission> {
    const { idempotencyKey, principal } = request;
    if (idempotencyKey === undefined) return this.decide(request);
    const name = `${principal.userId} ${idempotencyKey}`;
    // The second of a double click waits for the first: either there is a turn to attach to then, or it is decided anew.
    for (let first = this.underWay.get(name); first !== undefined; first = this.underWay.get(name))
      await first;
    const admission = this.decide(request);
    const over = admission.then(
      () => undefined,
      () => undefined,
    );
    this.underWay.set(name, over);
    try {
      return await admission;
    } finally {
      if (this.underWay.get(name) === over) this.underWay.delete(name);
    }
  }

  private async decide(sent: TurnRequest): Promise<Admission> {
    // A session that is not named is new.
    if (sent.sessionId === undefined && typeof sent.follows === 'string') throw errors.parentNotFound();
    const files = await this.attachments.name(sent);
    const { request } = files;
    let chatflow = await this.eligibility.assertMayUse(request);
    const identity = identify(request);
    const earlier = await this.earlier.find(request, identity);
    // Before what it takes: its upstream may have gone along with it.
    if (earlier === undefined) assertEnabled(chatflow);
    let input = this.eligibility.accept(chatflow, request);
    if (earlier !== undefined) return { kind: 'attached', turn: earlier, input };
    this.drain.assertServing();
    const question = await this.eligibility.assertAnswerable(request, chatflow);
    // Before the limits: a turn that yields frees its place, and a repeat needs none.
    const repeated = await this.entry.enterHere(request, chatflow, identity);
    if (repeated !== undefined) return { ...repeated, input };
    const places = await this.entry.takePlaces(request, chatflow, identity);
    if (places.kind === 'attached') return { ...places, input };
    const { userId } = request.principal;
    const taken = [places.leave];
    const leave = (): void => taken.forEach((giveBack) => giveBack());
    let kept: TakenFiles | undefined;
    try {
      await this.storage.assertRoom(userId, this.attachments.bytesOf(files));
      // It may have another price by now, or not be there any more, or be disabled.
      if (places.waited) ({ chatflow, input } = await this.eligibility.assertMayAsk(request));
      if (request.sessionId === undefined) taken.push(await this.quota.reserve(userId));
      const price = await this.holds.priceOf(chatflow, request.principal);
      const described = this.openings.describe(request, chatflow, price, identity);
      kept = await this.attachments.take(files, input, described);
      // Bringing and storing files takes its time: what is deleted of the session meanwhile is older than the turn.
      const opening =
        kept === undefined ? described : { ...this.openings.anew(described), attachments: kept.refs };
      const opened = await this.enter(request, chatflow, opening);
      if (opened.kind === 'attached') {
        leave();
        await kept?.release();
        return { ...opened, input };
      }
      // A session that is not named is new, and nothing of it is deleted.
      if (kept !== undefined && request.sessionId !== undefined && !(await this.hasKept(kept, opened))) {
        leave();
        await kept.release();
        return await this.decide(sent);
      }
      await this.openings.pay(opened);
      const { sessionPlace, memory, stored } = await this.lookInto(request, chatflow, opened, question);
      taken.push(stored);
      const turn = { sessionPlace, ...opened.turn };
      return {
        kind: 'admitted',
        turn,
        chatflow,
        input: kept?.input ?? input,
        asked: kept?.request ?? request,
        question,
        memory,
        rate: places.rate,
        leave,
      };
    } catch (error) {
      leave();
      await kept?.release();
      throw error;
    }
  }

  /** Opens the turn as soon as its session is free, or finds that it is a repeat of the one that runs in it. */
  private async enter(
    { principal, sessionId }: TurnRequest,
    chatflow: Chatflow,
    asked: TurnOpening,
  ): Promise<OpenedTurn | AttachedTurn> {
    // A session that is named by its client may have a memory already.
    const conversation = sessionId === undefined ? this.memory.begin(asked, chatflow) : undefined;
    for (let entry = 1; ; entry++) {
      this.drain.assertServing();
      const opening = entry === 1 ? asked : this.openings.anew(asked);
      const result = await this.openings.open(opening, conversation, principal.accessToken);
      if ('charge' in result) return result;
      if (result.kind === 'duplicate')
        return { kind: 'attached', turn: this.earlier.assertSame(result.turn, opening.requestHash) };
      const occupancy = await this.occupancy.enter(result.turn, opening, (turn) =>
        this.holds.assertCouldPay(principal, chatflow, turn),
      );
      if (occupancy.kind === 'attached')
        return { kind: 'attached', turn: await this.earlier.attach(occupancy.turn, opening) };
      if (entry === ENTRIES) throw errors.turnInProgress(result.turn.id);
    }
  }

  /**
   * Whether the files are still there: they may have gone with what was deleted of the session while the turn waited for that, or just before it
   * was opened. If not, it is undone.
   */
  private async hasKept(files: TakenFiles, opened: OpenedTurn): Promise<boolean> {
    let areThere = false;
    try {
      areThere = await files.areThere();
      return areThere;
    } finally {
      if (!areThere) await this.openings.undo(opened);
    }
  }

  /** Only now, because only now nothing else happens in the session. */
  private async lookInto(
    { sessionId }: TurnRequest,
    chatflow: Chatflow,
    opened: OpenedTurn,
    question: PendingQuestion | undefined,
  ): Promise<{
    readonly sessionPlace: SessionPlace;
    readonly memory: KnownMemory;
    readonly stored: () => void;
  }> {
    const { turn, conversation } = opened;
    if (sessionId === undefined)
      return {
        sessionPlace: FIRST_PLACE,
        memory: conversation === undefined ? {} : { conversation },
        stored: NOTHING_TAKEN,
      };
    try {
      const [sessionPlace, memory] = await Promise.all([
        this.history.placeOf(turn),
        this.memory.find(turn, chatflow),
      ]);
      assertPlace(sessionPlace);
      // Somebody else has answered it meanwhile.
      if (question !== undefined && sessionPlace.session?.lastTurnId !== question.turnId)
        throw nothingAsked();
      const isNew = sessionPlace.session === undefined;
      return { sessionPlace, memory, stored: isNew ? await this.quota.reserve(turn.userId) : NOTHING_TAKEN };
    } catch (error) {
      await this.openings.undo(opened);
      throw error;
    }
  }
}

function assertPlace({ refused }: SessionPlace): void {
  if (refused === 'parent-not-found') throw errors.parentNotFound();
  if (refused === 'too-many-forks') throw errors.quotaExceeded('branches', MAX_FORKS);
}
