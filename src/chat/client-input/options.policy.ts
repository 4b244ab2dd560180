import type { Chatflow, ClientOption } from '../../chatflows/chatflow.js';
import { errors } from '../../platform/errors/errors.js';
import type { ModelOptions } from '../../upstream/chat-provider.port.js';

/** One thing that a client wants of a model besides an answer. */
export interface AskedOption {
  /** As the client calls it, for whoever refuses or ignores it. */
  readonly param: string;
  /** What a chatflow has to allow for it; absent: none can. */
  readonly option?: ClientOption;
  /** Whether an answer without it would be another one than was asked for. */
  readonly isBinding: boolean;
  /** The members of a chat completion's request that say it. */
  readonly passes?: ModelOptions;
}

export interface AcceptedOptions {
  readonly options?: ModelOptions;
  readonly ignored: readonly string[];
}

/** More names than this help nobody. */
const MAX_IGNORED = 50;

/** Whether a chatflow's clients may decide this. Tools of its own and a client's would get into each other's way. */
export function allows(
  { provider, clientOptions = [], upstream }: Pick<Chatflow, 'provider' | 'clientOptions' | 'upstream'>,
  option: ClientOption | undefined,
): boolean {
  if (provider !== 'openai' || option === undefined || !clientOptions.includes(option)) return false;
  return upstream.tools !== true || (option !== 'tools' && option !== 'tool_choice');
}

/**
 * What of a client's wishes a chatflow's model gets.
 * @throws AppError `unsupported_parameter` naming the first that an answer can't do without, and that the chatflow does not allow
 */
export function acceptOptions(
  chatflow: Pick<Chatflow, 'provider' | 'clientOptions' | 'upstream'>,
  asked: readonly AskedOption[] = [],
): AcceptedOptions {
  const allowed = asked.filter(({ option }) => allows(chatflow, option));
  const others = asked.filter((option) => !allowed.includes(option));
  const refused = others.find(({ isBinding }) => isBinding);
  if (refused !== undefined) throw errors.unsupportedParameter(refused.param);
  const options: ModelOptions = Object.assign({}, ...allowed.map(({ passes }) => passes)) as ModelOptions;
  const ignored = [...new Set(others.map(({ param }) => asHeaderText(param)))].slice(0, MAX_IGNORED);
  return Object.keys(options).length === 0 ? { ignored } : { options, ignored };
}

/** A client may have made the name up. */
function asHeaderText(param: string): string {
  return param.slice(0, 64).replace(/[^\w.-]/g, '_');
}
