import type { PredictionData } from 'flowise-sdk/dist/flowise-sdk.js';
import type { HistoryEntry, ProviderRequest } from '../chat-provider.port.js';
import { resolveAddress, type ConfiguredUpstream, type UpstreamAddress } from '../http/upstream-address.js';

/** Where one chatflow's flow lives. */
export interface FlowiseFlow extends UpstreamAddress {
  readonly flowId: string;
}

/** The names of one call of a flow. */
export interface FlowiseRun {
  /**
   * Flowise's `chatId`. It keeps one response for each, so a second call under the same one would get the words of both runs; the abort
   * endpoint, the stored answer and the answer to a human question are found by it.
   */
  readonly runId: string;
  /** Whose memory the flow goes on in: `sessionId`. Flowise tells it to whoever knows it. */
  readonly memoryId: string;
}

/** What resumes a flow that waits for a human, in Flowise's words. */
export interface FlowiseHumanInput {
  readonly type: 'proceed' | 'reject';
  /** The node that waits; absent: the one that stopped last in this chat. */
  readonly startNodeId?: string;
  readonly feedback?: string;
}

/**
 * A prediction in the words of Flowise's own library, so that a drift of the format does not compile. The flow is in the path. A message of the
 * history has the two names that the server reads first; the library requires the two that came before them. `humanInput` it does not know yet.
 */
export type FlowisePrediction = Omit<PredictionData, 'chatflowId' | 'history' | 'uploads'> & {
  readonly history?: readonly FlowiseMessage[];
  readonly uploads?: Readonly<NonNullable<PredictionData['uploads']>>;
  readonly humanInput?: FlowiseHumanInput;
};
type FlowiseMessage = Required<Pick<NonNullable<PredictionData['history']>[number], 'role' | 'content'>>;

/** What Flowise's own chat sends as question when one of its buttons is pressed. */
const LABELS = { proceed: 'Proceed', reject: 'Reject' } as const;

/** @throws AppError as `resolveAddress` does */
export function resolveFlow(
  { target, chatflowId }: Pick<ProviderRequest, 'target' | 'chatflowId'>,
  config: ConfiguredUpstream | undefined,
): FlowiseFlow {
  return { flowId: target.flowId ?? chatflowId, ...resolveAddress(target.baseUrl, config) };
}

export function predictionPath({ flowId }: FlowiseFlow): string {
  return `/api/v1/prediction/${encodeURIComponent(flowId)}`;
}

export function abortPath({ basePath, flowId }: FlowiseFlow, chatId: string): string {
  return `${basePath}/api/v1/chatmessage/abort/${encodeURIComponent(flowId)}/${encodeURIComponent(chatId)}`;
}

export function chatMessagesPath({ basePath, flowId }: FlowiseFlow, chatId: string): string {
  return `${basePath}/api/v1/chatmessage/${encodeURIComponent(flowId)}?chatId=${encodeURIComponent(chatId)}`;
}

export function memoryPath({ basePath, flowId }: FlowiseFlow, memoryId: string): string {
  return `${basePath}/api/v1/chatmessage/${encodeURIComponent(flowId)}?sessionId=${encodeURIComponent(memoryId)}&hardDelete=true`;
}

export function flowHeaders({ apiKey }: FlowiseFlow): Record<string, string> {
  return apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
}

/**
 * The body of a prediction.
 * @param humanInput resumes the flow that stopped in this run instead of asking again
 */
export function predictionBody(
  request: ProviderRequest,
  { runId, memoryId }: FlowiseRun,
  humanInput?: FlowiseHumanInput,
): string {
  const { question, history, overrideConfig, uploads } = request;
  const body: FlowisePrediction = {
    question: humanInput === undefined ? question : (humanInput.feedback ?? LABELS[humanInput.type]),
    streaming: true,
    chatId: runId,
    ...(history.length > 0 && { history: history.map(toFlowiseMessage) }),
    overrideConfig: { ...overrideConfig, sessionId: memoryId },
    ...(humanInput === undefined && uploads !== undefined && uploads.length > 0 && { uploads }),
    ...(humanInput !== undefined && { humanInput }),
  };
  return JSON.stringify(body);
}

/** A flow takes the files of a question only; of earlier ones it learns that they were there. */
function toFlowiseMessage({ role, content, uploads = [] }: HistoryEntry): FlowiseMessage {
  const said = [content, ...uploads.map(({ name }) => `[file: ${name}]`)].filter((text) => text !== '');
  return { role: role === 'user' ? 'userMessage' : 'apiMessage', content: said.join('\n') };
}
