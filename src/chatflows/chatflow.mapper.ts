import { isAdmin, type Principal } from '../contract/principal.js';
import type { ChatflowDto } from './chatflow.dto.js';
import type {
  ChargeRules,
  Chatflow,
  ChatflowConcurrency,
  ChatflowAccessRule,
  ChatflowTitle,
  UploadRule,
} from './chatflow.js';
import type { ChatflowSettings } from './chatflow.store.port.js';
import { readOnDisconnect } from './on-disconnect.validator.js';
import type { PutChatflowDto } from './put-chatflow.dto.js';
import type { UpstreamTarget } from '../contract/provider.js';
import type { Chunking } from '../contract/chunking.js';

/** How `viewer` sees a chatflow: where it runs and who else may use it is for admins only. */
export function toChatflowDto(chatflow: Chatflow, viewer: Principal): ChatflowDto {
  return {
    id: chatflow.id,
    name: chatflow.name,
    provider: chatflow.provider,
    price: { credits: chatflow.price.credits },
    version: chatflow.version,
    disabled: chatflow.disabled ?? false,
    onDisconnect: chatflow.onDisconnect,
    chargeOnStop: chatflow.chargeOnStop,
    ...present({
      chargeOn: copyChargeOn(chatflow.chargeOn),
      fallback: chatflow.fallback,
      chunking: copyChunking(chatflow.chunking),
      inputWaitSeconds: chatflow.inputWaitSeconds,
      overrides: copyList(chatflow.overrides),
      uploads: copyUploads(chatflow.uploads),
      clientOptions: copyList(chatflow.clientOptions),
      concurrency: copyConcurrency(chatflow.concurrency),
      retentionDays: chatflow.retentionDays,
    }),
    ...(isAdmin(viewer)
      ? {
          upstream: copyUpstream(chatflow.upstream),
          access: copyAccess(chatflow.access),
          ...present({ title: copyTitle(chatflow.title) }),
        }
      : {}),
    createdAt: chatflow.createdAt.toISOString(),
    updatedAt: chatflow.updatedAt.toISOString(),
  };
}

/** Reads a validated request; absent settings get their defaults. */
export function toChatflowSettings(body: PutChatflowDto): ChatflowSettings {
  return {
    name: body.name,
    provider: body.provider,
    upstream: copyUpstream(body.upstream ?? {}),
    price: { credits: body.price.credits },
    access: copyAccess(body.access),
    onDisconnect: readOnDisconnect(body.onDisconnect) ?? 'continue',
    chargeOnStop: body.chargeOnStop ?? true,
    ...present({
      disabled: body.disabled,
      chargeOn: copyChargeOn(body.chargeOn),
      fallback: body.fallback,
      chunking: copyChunking(body.chunking),
      inputWaitSeconds: body.inputWaitSeconds,
      overrides: copyList(body.overrides),
      uploads: copyUploads(body.uploads),
      clientOptions: copyList(body.clientOptions),
      concurrency: copyConcurrency(body.concurrency),
      title: copyTitle(body.title),
      retentionDays: body.retentionDays,
    }),
  };
}

function copyUpstream({ flowId, baseUrl, model, bucketIds, tools, systemPrompt }: UpstreamTarget) {
  return present({ flowId, baseUrl, model, bucketIds: bucketIds && [...bucketIds], tools, systemPrompt });
}

function copyChunking(chunking: Chunking | null | undefined): Chunking | undefined {
  if (!chunking) return undefined;
  const { words, characters, adaptive, delayMs, delays } = chunking;
  const kinds = delays && present({ code: delays.code, reasoning: delays.reasoning });
  return { delayMs, ...present({ words, characters, adaptive, delays: kinds }) };
}

function copyList<T extends string>(list: readonly T[] | null | undefined): T[] | undefined {
  return list ? [...list] : undefined;
}

function copyUploads(rule: UploadRule | null | undefined) {
  return rule ? present({ types: copyList(rule.types), privateAddresses: rule.privateAddresses }) : undefined;
}

function copyConcurrency(limits: ChatflowConcurrency | null | undefined): ChatflowConcurrency | undefined {
  if (!limits) return undefined;
  const { turns, queue, waitSeconds } = limits;
  return { turns, ...present({ queue, waitSeconds }) };
}

function copyTitle(title: ChatflowTitle | null | undefined): ChatflowTitle | undefined {
  return title ? { chatflow: title.chatflow, ...present({ prompt: title.prompt }) } : undefined;
}

function copyChargeOn(rules: ChargeRules | null | undefined): ChargeRules | undefined {
  return rules ? present({ length: rules.length, 'content-filter': rules['content-filter'] }) : undefined;
}

function copyAccess({ public: everybody, users, roles }: ChatflowAccessRule) {
  return present({ public: everybody, users: users && [...users], roles: roles && [...roles] });
}

/** Drops what is `undefined`, and the `null` that optional fields of a request may hold. */
function present<T extends object>(value: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const entries = Object.entries(value).filter(([, part]) => part !== undefined && part !== null);
  return Object.fromEntries(entries) as { [K in keyof T]?: NonNullable<T[K]> };
}
