import { getMetadataStorage, IsOptional, IsString, MaxLength, MinLength, validate } from 'class-validator';
import { rememberRules } from './remembered-rules.js';

class Base {
  @IsString()
  name: unknown;
}
class Derived extends Base {
  @IsOptional()
  @MaxLength(3)
  note: unknown;
}

const wrongFieldsOf = async (fields: object): Promise<string[]> => {
  const found = await validate(Object.assign(new Derived(), fields), {
    whitelist: true,
    forbidNonWhitelisted: true,
  });
  return found.flatMap(({ property, constraints }) =>
    Object.keys(constraints ?? {}).map((rule) => `${property} ${rule}`),
  );
};

describe('rememberRules', () => {
  afterEach(() => rememberRules(false));

  it.each([false, true])('finds what is wrong, inherited rules too (on: %s)', async (on) => {
    rememberRules(on);
    for (let time = 0; time < 2; time++) {
      expect(await wrongFieldsOf({ name: 1, note: 'long', other: 1 })).toEqual([
        'other whitelistValidation',
        'note maxLength',
        'name isString',
      ]);
      expect(await wrongFieldsOf({ name: 'a' })).toEqual([]);
    }
  });

  it('is asked by class-validator: looks a class up once', async () => {
    const storage = getMetadataStorage();
    rememberRules();
    await wrongFieldsOf({ name: 'a' });
    const rules = storage.getTargetValidationMetadatas(Derived, '', false, false);
    expect(storage.getTargetValidationMetadatas(Derived, '', false, false)).toBe(rules);
    expect(storage.groupByPropertyName(rules)).toBe(storage.groupByPropertyName(rules));
    // Not of groups, which class-validator may be asked for too.
    expect(storage.getTargetValidationMetadatas(Derived, '', false, false, ['a'])).not.toBe(rules);
  });

  it('notices a rule that comes later', async () => {
    rememberRules();
    expect(await wrongFieldsOf({ name: 'a', note: '' })).toEqual([]);
    MinLength(1)(Derived.prototype, 'note');
    expect(await wrongFieldsOf({ name: 'a', note: '' })).toEqual(['note minLength']);
  });

  it('lets go of nothing but its own when it is switched off', () => {
    const storage = getMetadataStorage();
    rememberRules();
    expect(Object.hasOwn(storage, 'getTargetValidationMetadatas')).toBe(true);
    rememberRules(false);
    expect(Object.hasOwn(storage, 'getTargetValidationMetadatas')).toBe(false);
  });
});
