import { getMetadataStorage, type MetadataStorage } from 'class-validator';

type Rules = ReturnType<MetadataStorage['getTargetValidationMetadatas']>;

/**
 * Makes class-validator remember which rules a class has. It looks them up anew for every object that it checks, among those of every class there is;
 * they are complete once the modules are loaded, and one that comes later is noticed.
 * @param on false: as it does by itself
 */
export function rememberRules(on = true, storage: MetadataStorage = getMetadataStorage()): void {
  for (const name of [
    'getTargetValidationMetadatas',
    'groupByPropertyName',
    'addValidationMetadata',
  ] as const)
    Reflect.deleteProperty(storage, name);
  if (on) Object.assign(storage, remembering(storage));
}

function remembering(storage: MetadataStorage): Partial<MetadataStorage> {
  const found = new Map<unknown, Rules>();
  const grouped = new Map<Rules, ReturnType<MetadataStorage['groupByPropertyName']>>();
  const look = storage.getTargetValidationMetadatas.bind(storage);
  const group = storage.groupByPropertyName.bind(storage);
  const add = storage.addValidationMetadata.bind(storage);
  return {
    getTargetValidationMetadatas(target, schema, always, strictGroups, groups) {
      const isPlain = !schema && !always && !strictGroups && groups === undefined;
      if (!isPlain) return look(target, schema, always, strictGroups, groups);
      let rules = found.get(target);
      if (rules === undefined) found.set(target, (rules = look(target, schema, always, strictGroups)));
      return rules;
    },
    groupByPropertyName(rules) {
      let groups = grouped.get(rules);
      if (groups === undefined) {
        groups = group(rules);
        // Of the lists that are remembered, or this would grow with what is checked.
        if (found.get(rules[0]?.target) === rules) grouped.set(rules, groups);
      }
      return groups;
    },
    addValidationMetadata(rule) {
      found.clear();
      grouped.clear();
      add(rule);
    },
  };
}
