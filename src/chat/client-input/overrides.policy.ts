import type { Chatflow } from '../../chatflows/chatflow.js';
import { errors } from '../../platform/errors/errors.js';

export type OverrideConfig = Readonly<Record<string, unknown>>;

/** An override of a chatflow whose upstream has none, named for whoever asked. */
export interface AcceptedOverrides {
  readonly overrideConfig?: OverrideConfig;
  readonly ignored: readonly string[];
}

const MAX_NAMED = 20;
const MAX_NAME_CHARACTERS = 100;
/** Values for a flow's own placeholders; the flow says what they may do. */
const ALWAYS = 'vars';
/** Which session it is was read before; upstreams get ids of ours. */
const OURS = 'sessionId';

/**
 * What of an `overrideConfig` may go to a chatflow's upstream. A flow is called with our key: who may set its parts could set the credentials,
 * prompts and paths of its nodes.
 * @throws AppError `validation_failed` naming each member that the chatflow does not allow
 */
export function acceptOverrides(
  { provider, overrides = [] }: Pick<Chatflow, 'provider' | 'overrides'>,
  asked: OverrideConfig | undefined,
): AcceptedOverrides {
  // Nothing is set by a member that is null.
  const members = Object.entries(asked ?? {}).filter(
    ([name, value]) => name !== OURS && value !== undefined && value !== null,
  );
  const isFlow = provider === 'flowise';
  const refused = members.filter(([name]) => name !== ALWAYS && !(isFlow && overrides.includes(name)));
  if (refused.length > 0) throw errors.validation(refused.slice(0, MAX_NAMED).map(toFieldError));
  if (members.length === 0) return { ignored: [] };
  if (!isFlow) return { ignored: [`overrideConfig.${ALWAYS}`] };
  return { overrideConfig: Object.fromEntries(members), ignored: [] };
}

function toFieldError([name]: [string, unknown]) {
  const field = `overrideConfig.${name.slice(0, MAX_NAME_CHARACTERS)}`;
  return { field, message: 'is not allowed for this chatflow' };
}
