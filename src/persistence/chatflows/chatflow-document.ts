import type { Chatflow } from '../../chatflows/chatflow.js';
import type { ChatflowSettings } from '../../chatflows/chatflow.store.port.js';
import type { ChatflowRecord } from './chatflow.schema.js';

/** The names of those members that an object of the type may lack. */
type OptionalOf<Whole> = {
  [Name in keyof Whole]-?: object extends Pick<Whole, Name> ? Name : never;
}[keyof Whole];
type OptionalSetting = OptionalOf<ChatflowSettings>;

/** Settings that a chatflow may lack: all of them, which the compiler sees to, or a new one would be neither read nor ever removed. */
const OPTIONAL = keysOf({
  disabled: true,
  chargeOn: true,
  fallback: true,
  chunking: true,
  inputWaitSeconds: true,
  overrides: true,
  uploads: true,
  clientOptions: true,
  concurrency: true,
  title: true,
  retentionDays: true,
} satisfies Record<OptionalSetting, true>);

/** @returns what a chatflow that is stored in the place of another lacks, and is to be removed from that */
export function absentFrom(
  stored: ChatflowSettings & Pick<ChatflowRecord, 'bucketsKey'>,
): readonly (OptionalSetting | 'bucketsKey')[] {
  return ([...OPTIONAL, 'bucketsKey'] as const).filter((name) => stored[name] === undefined);
}

export function toChatflow(record: ChatflowRecord): Chatflow {
  return {
    id: record._id,
    name: record.name,
    provider: record.provider,
    upstream: record.upstream,
    price: record.price,
    version: record.version,
    access: record.access,
    onDisconnect: record.onDisconnect,
    chargeOnStop: record.chargeOnStop,
    createdAt: record.createdAt,
    updatedAt: record.updatedAt,
    ...optionalOf(record),
  };
}

function optionalOf(record: ChatflowRecord): Pick<Chatflow, OptionalSetting> {
  const present = OPTIONAL.filter((name) => record[name] !== undefined);
  return Object.fromEntries(present.map((name) => [name, record[name]]));
}

function keysOf<Name extends string>(named: Record<Name, true>): readonly Name[] {
  return Object.keys(named) as Name[];
}
