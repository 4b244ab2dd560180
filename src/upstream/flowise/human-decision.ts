import type { HumanInput } from '../chat-provider.port.js';
import type { FlowiseHumanInput } from './flowise-request.js';

const REJECTIONS: ReadonlySet<string> = new Set(['reject', 'rejected', 'no', 'cancel', 'deny']);
const APPROVALS: ReadonlySet<string> = new Set(['proceed', 'approve', 'approved', 'yes', 'ok', 'continue']);

/**
 * What a human's answer means to a flow that knows only two: an explicit action counts; otherwise the words of a button
 * do, and any other text lets the flow proceed with that text as feedback.
 *
 * @param choices the labels of the buttons, the approving one first, as Flowise lists them
 */
export function toHumanInput(
  { action, content }: HumanInput,
  choices: readonly string[] = [],
): FlowiseHumanInput {
  const feedback = content === undefined || content === '' ? {} : { feedback: content };
  if (action !== undefined) return { type: action, ...feedback };
  const said = content?.trim().toLowerCase() ?? '';
  const [approve, reject] = choices.map((label) => label.trim().toLowerCase());
  if (said === reject || REJECTIONS.has(said)) return { type: 'reject' };
  if (said === approve || APPROVALS.has(said)) return { type: 'proceed' };
  return { type: 'proceed', ...feedback };
}
