import type { Intent } from './intent.js';
import type { ListScope } from '../../tools/todo/task-reference.js';
import { toReference, toTitle } from './phrase.js';

/** Matches a whole command and tells what is meant by it. */
export type IntentRule = readonly [
  pattern: RegExp,
  toIntent: (match: RegExpExecArray, command: string) => Intent,
];

const NOUN = String.raw`(?:tasks?|to-?dos?|to do|items?|reminders?|entry|entries)`;
const LIST = String.raw`(?:(?:my|the|our|a) )?(?:(?:to-?do|to do|task|shopping)s? )?(?:list|tasks|to-?dos)`;
const DONE = '(?:done|finished|complete|completed|closed|over)';

const rule = (pattern: string, toIntent: IntentRule[1]): IntentRule => [
  new RegExp(`^(?:${pattern})$`, 'i'),
  toIntent,
];
const add = (match: RegExpExecArray): Intent => ({ kind: 'add', title: toTitle(match[1]) });
const complete = (match: RegExpExecArray): Intent => ({ kind: 'complete', task: toReference(match[1]) });
const remove = (match: RegExpExecArray): Intent => ({ kind: 'remove', task: toReference(match[1]) });
const list = (_match: RegExpExecArray, command: string): Intent => ({
  kind: 'list',
  scope: scopeOf(command),
});
const only = (intent: Intent) => () => intent;

/** What is said to an assistant besides commands. */
export const SMALL_TALK_RULES: readonly IntentRule[] = [
  rule(
    `help(?: .*)?|\\?|commands|usage|what (?:can|do) you do.*|how (?:does|do|can) (?:this|you|i use) .*|(?:what|who) are you.*`,
    only({ kind: 'help' }),
  ),
  rule(
    `(?:hi|hey|hello|good (?:morning|afternoon|evening|day)|greetings|yo)(?: there| assistant)?`,
    only({ kind: 'greeting' }),
  ),
  rule(`(?:many )?(?:thanks|thank you|thx|cheers)(?: .*)?|great|perfect|nice`, only({ kind: 'thanks' })),
];

/** In order: the first rule that matches decides. No pattern may match a text in two ways, or long ones take for ever. */
export const COMMAND_RULES: readonly IntentRule[] = [
  // "add a task to buy milk", "new todo: buy milk", and without a title "add a task"
  rule(
    `(?:add|create|make|put|insert|enter|write down|note(?: down)?|new|save|set)(?: me| up)?(?: (?:a|an|the|another|one more))?(?: new)? ${NOUN}(?:(?: (?:to|for) ${LIST})?(?: (?:called|named|titled|to|for|about|that says|saying))?(?:[ :–-]+(.*))?)`,
    add,
  ),
  rule(
    `(?:add|put|note(?: down)?|write(?: down)?|jot(?: down)?|save|enter) (?:down )?(.+?) (?:to|on|onto|in|into) ${LIST}`,
    add,
  ),
  rule(`(?:(?:add|note down|jot down|write down|put down|note)[ :]|(?:todo|to-do|task):)[ :]*(.+)`, add),
  rule(`add`, add),
  rule(`remind me (?:to|about|that|of|i (?:have|need) to) (.+)|remember (?:to|that) (.+)`, (match) => ({
    kind: 'add',
    title: toTitle(match[1] ?? match[2]),
  })),
  rule(`(?:do not|don't)(?: let me)? forget (?:to |about )?(.+)`, add),

  // "what are my tasks", "show me my open todos", "check my list", or simply "tasks"
  rule(
    `(?:show|list|see|view|display|print|read|get|give|tell|check|open|fetch|know)(?: me| out)?(?: (?:what|what's|is|are|all|of|everything|every|the|my|our|current|whole|full|open|pending|remaining|outstanding|unfinished|to-?do|to do|task|list|on|in|${DONE}))* (?:list|${NOUN}|everything|all|${DONE})(?: .*)?`,
    list,
  ),
  rule(
    `(?:(?:all|my|the|open|to-?do|to do|task|${DONE}) )*(?:list|lists|tasks|to-?dos|items|show|overview)`,
    list,
  ),
  rule(
    `(?:what|which|how many|do i have|have i|is there|are there|anything|something)\\b.* (?:${NOUN}|list|left|to do|done|do|next|open|pending|remaining)(?: .*)?`,
    list,
  ),
  rule(`what(?:'s|s| is| are)? (?:left|next|open|up|pending|remaining)`, list),

  // "mark 2 as done", "I finished buy milk", "2 is done"
  rule(`(?:mark|set|flag) (?:off )?(.+?)(?: (?:as|to|is))? ${DONE}`, complete),
  rule(`(?:mark|set) (?:as )?${DONE}:? (.+)`, complete),
  rule(
    `(?:complete|finish|close|resolve|check(?: off)?|tick(?: off)?|cross (?:off|out)|mark(?: off)?)(?: (.+?))?(?: (?:off|from|on) ${LIST})?`,
    complete,
  ),
  rule(`(?:cross|tick|check) (.+?) off(?: ${LIST})?`, complete),
  rule(
    `(?:i(?:'ve| have|'m| am)? )?(?:just |already |now )?(?:finished|completed|done|did|through)(?: with)?[ :]+(.+)`,
    complete,
  ),
  rule(`(.+?) (?:is|are|was|has been|have been) (?:now |already )?${DONE}`, complete),
  rule(`((?:${NOUN} )?#?\\d+)[ :]+${DONE}`, complete),
  rule(`done|finished|completed`, complete),

  rule(
    `(?:remove|delete|drop|cancel|discard|erase|scrap|forget(?: about)?|get rid of|take|throw away)(?: (.+?))?(?: (?:from|off|of|out of) ${LIST})?`,
    remove,
  ),

  rule(
    `i(?:'ve| have)? ?(?:need|have|must|should|ought|want|got|gotta|am going|'m going)(?: got)?(?: to)? (.+)`,
    add,
  ),
  rule(`(?:todo|to-do|task) (.+)`, add),
];

function scopeOf(command: string): ListScope {
  if (/\b(?:all|everything|whole|full|every)\b/i.test(command)) return 'all';
  const done =
    /\b(?:done|finished|completed?|closed)\b/i.test(command) && !/\b(?:not|to be)\b/i.test(command);
  return done ? 'done' : 'open';
}
