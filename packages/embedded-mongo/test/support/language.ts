import { STAGES } from '../../src/commands/aggregate.js';
import { COMMANDS, COMMON_OPTIONS } from '../../src/commands/run.js';
import { DELETE_OPTIONS, UPDATE_OPTIONS } from '../../src/commands/writes.js';
import { FIELD_OPERATORS, FILTER_OPERATORS } from '../../src/engine/filter/parse.js';
import { INDEX_OPTIONS } from '../../src/engine/index/definition.js';
import { UPDATE_OPERATORS } from '../../src/engine/update/operators.js';

/** Everything that has a name in MongoDB's language. */
export type Language = Readonly<
  Record<
    | 'command'
    | 'option'
    | 'query operator'
    | 'update operator'
    | 'stage'
    | 'accumulator'
    | 'expression'
    | 'projection operator'
    | 'index option',
    readonly string[]
  >
>;

/** What the engine understands, as its own tables say; options as `command.option`, those of any command without it. */
export function understoodLanguage(): Language {
  return {
    command: Object.keys(COMMANDS),
    option: [
      ...COMMON_OPTIONS,
      ...Object.entries(COMMANDS).flatMap(([name, { options }]) =>
        options.map((option) => `${name}.${option}`),
      ),
      ...[...UPDATE_OPTIONS].map((option) => `update.updates.${option}`),
      ...[...DELETE_OPTIONS].map((option) => `delete.deletes.${option}`),
    ],
    'query operator': [...Object.keys(FIELD_OPERATORS), ...Object.keys(FILTER_OPERATORS)],
    'update operator': Object.keys(UPDATE_OPERATORS),
    stage: STAGES,
    accumulator: ['$sum'],
    expression: [],
    'projection operator': [],
    'index option': [...INDEX_OPTIONS],
  };
}
