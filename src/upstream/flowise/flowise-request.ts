import type { UpstreamConfig } from '../../config/app-config.js';
import { AppError } from '../../platform/errors/app-error.js';
import { errors } from '../../platform/errors/errors.js';
import type { HistoryEntry, ProviderRequest } from '../chat-provider.port.js';

/** Where one chatflow's flow lives. */
export interface FlowiseFlow {
  readonly origin: string;
  /** Path in front of `/api/v1`, without a slash at its end. */
  readonly basePath: string;
  readonly flowId: string;
  readonly apiKey: string | undefined;
}

/**
 * A chatflow's own address wins over the configured one. Our key goes to the configured origin only: whoever may
 * edit a chatflow must not be able to have the key sent to a server of their choice.
 * @throws AppError `upstream_unavailable` when there is no address, `upstream_failed` when it is not HTTP
 */
export function resolveFlow(
  { target, chatflowId }: Pick<ProviderRequest, 'target' | 'chatflowId'>,
  config: UpstreamConfig['flowise'],
): FlowiseFlow {
  const address = target.baseUrl ?? config?.url;
  if (address === undefined) throw errors.upstreamUnavailable('This upstream is not set up.');
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new AppError('upstream_failed', "The chatflow's address is not valid.", { kind: 'operational' });
  }
  const trusted = config !== undefined && new URL(config.url).origin === url.origin;
  return {
    origin: url.origin,
    basePath: url.pathname.replace(/\/+$/, ''),
    flowId: target.flowId ?? chatflowId,
    apiKey: trusted ? config.apiKey : undefined,
  };
}

export function predictionPath({ basePath, flowId }: FlowiseFlow): string {
  return `${basePath}/api/v1/prediction/${encodeURIComponent(flowId)}`;
}

export function abortPath({ basePath, flowId }: FlowiseFlow, chatId: string): string {
  return `${basePath}/api/v1/chatmessage/abort/${encodeURIComponent(flowId)}/${encodeURIComponent(chatId)}`;
}

export function flowHeaders({ apiKey }: FlowiseFlow): Record<string, string> {
  return apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
}

/**
 * The body of a prediction. The chat id is the session's: Flowise keys the flow's memory and its abort endpoint by it.
 */
export function predictionBody(request: ProviderRequest): string {
  const { question, history, overrideConfig, sessionId, uploads } = request;
  return JSON.stringify({
    question,
    streaming: true,
    chatId: sessionId,
    ...(history.length > 0 && { history: history.map(toFlowiseMessage) }),
    overrideConfig: { ...overrideConfig, sessionId },
    ...(uploads !== undefined && uploads.length > 0 && { uploads }),
  });
}

function toFlowiseMessage({ role, content }: HistoryEntry) {
  return { role: role === 'user' ? 'userMessage' : 'apiMessage', content };
}
