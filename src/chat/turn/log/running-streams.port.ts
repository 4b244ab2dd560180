import type { TurnKey } from '../../records/turn.store.port.js';
import type { TurnStream } from './turn-stream.js';

/** The streams of the turns that run in this process, or have ended in it a moment ago. */
export abstract class RunningStreams {
  abstract streamOf(turnId: string): TurnStream | undefined;
}

/** Tells other instances that somebody here reads a turn of theirs. */
export abstract class RemoteReaders {
  /** Readers here follow a turn that runs elsewhere. @returns to be called when none does any more */
  abstract follow(turn: TurnKey): () => void;
}
