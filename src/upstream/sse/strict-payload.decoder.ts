import { toUnknownFailure } from '../http/told-failure.js';
import { isObject, isPresent, parseJson } from '../../platform/json/json-object.js';
import type { ProviderReport } from '../chat-provider.port.js';
import type { TextBatch } from '../text-batch.js';
import { SsePayloadDecoder } from './sse-payload.decoder.js';

/** What servers send only to keep a connection open, as the event's name or as `type` in its data. */
const HARMLESS: ReadonlySet<string> = new Set(['ping', 'pong', 'heartbeat', 'keepalive']);
/** Names under which servers tell that an answer has failed, whatever the data looks like. */
const FAILING_NAME = /error|fail|abort|exception|cancel/i;
/** Fields of an event that say nothing about the answer. */
const QUIET_FIELDS: ReadonlySet<string> = new Set(['id', 'retry']);
const FIELD_NAMES = ['data', 'event', 'id', 'retry'] as const;

/**
 * An event stream of which every line has to be understood: what is not understood is not an answer. The turn fails by an event that is
 * neither known nor on the short list of harmless ones, by JSON that cannot be mended, and by a line that belongs to no event, such as a page
 * or a plain text in the middle of the stream. A subclass recognises its events strictly; everything else is here.
 */
export abstract class StrictPayloadDecoder<T> extends SsePayloadDecoder<T> {
  /** The `event` field of the event that is being read. */
  private name = '';
  private ended = false;
  private readonly isEvent: (value: unknown) => boolean;

  /** @param upstream its name, for the log */
  constructor(
    report: ProviderReport,
    recognises: (value: unknown) => value is T,
    batch: TextBatch,
    private readonly upstream: string,
  ) {
    super(report, recognises, batch);
    this.isEvent = recognises;
    this.sse.others = { line: (line) => this.readLine(line), blank: () => this.endEvent() };
  }

  override end(): void {
    this.ended = true;
    super.end();
  }

  protected override acceptByName(payload: string): boolean {
    const { name } = this;
    this.name = '';
    if (name === '') return false;
    if (isHarmless(name)) return this.isSilent(parseJson(payload));
    if (!FAILING_NAME.test(name)) return false;
    this.fail(parseJson(payload) ?? payload);
    return true;
  }

  protected override refuse(payload: string): void {
    const value = parseJson(payload);
    if (isObject(value) && isHarmless(value.type) && this.isSilent(value)) {
      this.progress -= 1;
      return;
    }
    this.fail(value ?? payload);
  }

  /** Whether what has a harmless name says nothing: it may be a part of the answer, or an error, all the same. */
  private isSilent(value: unknown): boolean {
    if (!isObject(value)) return true;
    return (
      !this.isEvent(value) && !isPresent(value.error) && value.object !== 'error' && value.type !== 'error'
    );
  }

  private fail(sent: unknown): void {
    this.outcome ??= toUnknownFailure(this.upstream, sent);
  }

  private readLine(line: string): void {
    if (line.startsWith(':') || this.outcome !== undefined) return;
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    if (field === 'event') {
      this.name = line.slice(colon + 1).trim();
      return;
    }
    if (QUIET_FIELDS.has(field)) return;
    // The last line of a body may be the beginning of a field that was cut.
    if (this.ended && FIELD_NAMES.some((name) => name.startsWith(line))) return;
    this.fail(line);
  }

  /** An event that had a name and no data. */
  private endEvent(): void {
    const { name } = this;
    this.name = '';
    if (name !== '' && !isHarmless(name)) this.fail(name);
  }
}

/** In whatever letters: `keep-alive`, `KeepAlive`. */
function isHarmless(name: unknown): boolean {
  return typeof name === 'string' && HARMLESS.has(name.toLowerCase().replace(/[-_ ]/g, ''));
}
