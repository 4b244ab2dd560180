import { Injectable } from '@nestjs/common';
import { errors } from '../../../platform/errors/errors.js';
import type { TurnRecord } from '../../records/turn.js';
import { RunningStreams } from '../log/running-streams.port.js';
import { StoredStreams } from '../log/stored-streams.service.js';
import type { TurnStream } from '../log/turn-stream.js';
import { FollowedTurns } from './followed-turns.service.js';

/** Finds the stream of any turn: live here, read back from the store, or followed while another instance runs it. */
@Injectable()
export class TurnReplay {
  constructor(
    private readonly running: RunningStreams,
    private readonly stored: StoredStreams,
    private readonly followed: FollowedTurns,
  ) {}

  /** @throws AppError `not_found` when the answer of an ended turn was deleted, with its session */
  async open(turn: TurnRecord): Promise<TurnStream> {
    const here = this.running.streamOf(turn.id);
    // Whoever may read it afterwards gets all of it.
    const isWithheld = here?.isCutOff === true && turn.status !== 'running';
    if (here !== undefined && !isWithheld) {
      await here.ready();
      return here;
    }
    if (turn.status === 'running') return this.followed.open(turn);
    const stream = this.stored.begin(turn);
    if (!(await this.stored.complete(turn, stream))) throw errors.notFound('The answer');
    return stream;
  }
}
