import type { FaultPoint } from '../../contract/fault-point.js';

/** Those between two writes. */
const BETWEEN_WRITES: readonly FaultPoint[] = ['opened', 'decided', 'messages-stored', 'charged'];

/** Lets a fault test end the process at a named moment; does nothing unless `FAULT_POINT` names it. */
export class FaultPoints {
  private passed = 0;

  /** @param after how often the point is passed unharmed before, so that it can be reached in the middle of a load */
  constructor(
    private readonly selected: FaultPoint | undefined,
    private readonly after = 0,
  ) {}

  /** Whether the selected point lies between writes that are otherwise made as one command, which nothing can stop in the middle. */
  get partsWrites(): boolean {
    return this.selected !== undefined && BETWEEN_WRITES.includes(this.selected);
  }

  /** Kills the process as hard as a power cut would when this is the selected point. */
  reach(point: FaultPoint): void {
    if (point === this.selected && this.passed++ >= this.after) process.kill(process.pid, 'SIGKILL');
  }
}
