import type { Language } from '../../../packages/embedded-mongo/test/support/language.js';

export type Command = Readonly<Record<string, unknown>>;
/** A kind of name and the name, as `update operator $set`. */
export type Named = `${keyof Language} ${string}`;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const entriesOf = (value: unknown): readonly (readonly [string, unknown])[] =>
  isObject(value) ? Object.entries(value).filter(([, each]) => each !== undefined) : [];

/** Everything that a command says in MongoDB's language; not what is in the documents that it stores. */
export function namesIn(command: Command): readonly Named[] {
  const [[name = ''] = []] = entriesOf(command);
  const inner = command[name];
  if (name === 'explain' && isObject(inner)) return [`command ${name}`, ...namesIn(inner)];
  return [
    `command ${name}`,
    ...entriesOf(command)
      .filter(([option]) => option !== name)
      .map(([option]): Named => `option ${COMMON.has(option) ? '' : `${name}.`}${option}`),
    ...filterNames(command.filter),
    ...filterNames(command.query),
    ...updateNames(command.update),
    ...entriesOf(command.projection).flatMap(([, value]) => operators('projection operator', value)),
    ...listOf(command.updates).flatMap((statement) => statementNames('update.updates', statement)),
    ...listOf(command.deletes).flatMap((statement) => statementNames('delete.deletes', statement)),
    ...listOf(command.ops).flatMap((operation) =>
      isObject(operation) ? [...filterNames(operation.filter), ...updateNames(operation.updateMods)] : [],
    ),
    ...listOf(command.pipeline).flatMap(stageNames),
    ...listOf(command.indexes).flatMap((index) => [
      ...entriesOf(index).map(([option]): Named => `index option ${option}`),
      ...(isObject(index) ? filterNames(index.partialFilterExpression) : []),
    ]),
  ];
}

const COMMON = new Set(['$db', 'lsid', '$readPreference', 'writeConcern']);

function statementNames(kind: string, statement: unknown): Named[] {
  if (!isObject(statement)) return [];
  const options = entriesOf(statement).map(([option]): Named => `option ${kind}.${option}`);
  return [...options, ...filterNames(statement.q), ...updateNames(statement.u)];
}

const operators = (kind: keyof Language, value: unknown): Named[] =>
  entriesOf(value)
    .filter(([name]) => name.startsWith('$'))
    .map(([name]): Named => `${kind} ${name}`);

function filterNames(filter: unknown): Named[] {
  return entriesOf(filter).flatMap(([name, value]) => {
    if (name.startsWith('$'))
      return [`query operator ${name}`, ...listOf(value).flatMap(filterNames)] as Named[];
    return conditionNames(value);
  });
}

function conditionNames(condition: unknown): Named[] {
  if (!entriesOf(condition)[0]?.[0].startsWith('$')) return [];
  const inner = entriesOf(condition).flatMap(([name, operand]) => {
    if (name === '$not') return conditionNames(operand);
    return name === '$elemMatch' ? filterNames(operand) : [];
  });
  return [...operators('query operator', condition), ...inner];
}

function updateNames(update: unknown): Named[] {
  const pulled = entriesOf(isObject(update) ? update.$pull : undefined).flatMap(([, operand]) => {
    const isCondition = entriesOf(operand)[0]?.[0].startsWith('$') ?? false;
    return isCondition ? conditionNames(operand) : filterNames(operand);
  });
  return [...operators('update operator', update), ...pulled];
}

function stageNames(stage: unknown): Named[] {
  return entriesOf(stage).flatMap(([name, specification]): Named[] => {
    if (name === '$match') return ['stage $match', ...filterNames(specification)];
    if (name !== '$group' || !isObject(specification)) return [`stage ${name}`];
    const { _id, ...fields } = specification;
    const sums = Object.values(fields).flatMap((field) => operators('accumulator', field));
    return ['stage $group', ...expressionNames(_id), ...sums];
  });
}

function expressionNames(expression: unknown): Named[] {
  const inner = entriesOf(expression).flatMap(([, value]) => expressionNames(value));
  return [...operators('expression', expression), ...inner];
}
