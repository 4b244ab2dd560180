import { Type } from 'class-transformer';
import { IsInt, IsObject, IsOptional, IsString, Min, MinLength, ValidateNested } from 'class-validator';
import { AppError } from '../errors/app.error.js';
import { RequestValidationPipe } from './validation.pipe.js';
import { Tolerant } from './tolerant.js';

class PriceDto {
  @IsInt()
  @Min(1)
  credits!: number;
  @IsString()
  @IsOptional()
  note?: string;
}
class ChatflowDto {
  @IsString()
  @MinLength(1)
  name!: string;
  @ValidateNested()
  @Type(() => PriceDto)
  @IsOptional()
  price?: PriceDto;
  @IsInt()
  @IsOptional()
  limit = 20;
  @IsObject()
  @IsOptional()
  vars?: Record<string, unknown>;
}
@Tolerant()
class ForeignDto {
  @IsString()
  name!: string;
}

const pipe = new RequestValidationPipe();

function check(value: unknown, metatype: new () => object = ChatflowDto): Promise<unknown> {
  return pipe.transform(value, { type: 'body', metatype });
}

async function fieldsOf(value: unknown): Promise<unknown> {
  const error: unknown = await check(value).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof AppError)) throw new Error('expected an AppError');
  expect(error.code).toBe('validation_failed');
  return error.details.errors;
}

describe('RequestValidationPipe', () => {
  it('makes an instance of the DTO', async () => {
    await expect(check({ name: 'a', price: { credits: 2 } })).resolves.toBeInstanceOf(ChatflowDto);
  });

  it('names nested fields by their path', async () => {
    expect(await fieldsOf({ name: 'a', price: { credits: 0 } })).toEqual([
      { field: 'price.credits', message: 'must not be less than 1' },
    ]);
  });

  it('refuses unknown fields without repeating more than their names', async () => {
    expect(await fieldsOf({ name: 'a', $where: 'this.secret' })).toEqual([
      { field: '$where', message: 'is not allowed here' },
    ]);
  });

  it('drops unknown fields of a foreign dialect', async () => {
    expect(await check({ name: 'a', extra: 1 }, ForeignDto)).toEqual({ name: 'a' });
  });

  it('converts nothing by itself', async () => {
    expect(await fieldsOf({ name: { $gt: '' } })).toEqual(
      expect.arrayContaining([{ field: 'name', message: 'must be a string' }]),
    );
    expect(await fieldsOf({ name: 'a', price: { credits: '2' } })).toEqual(
      expect.arrayContaining([{ field: 'price.credits', message: 'must be an integer number' }]),
    );
  });

  it('takes null for absent in its own fields, at any depth, and lets it be inside free ones', async () => {
    const body = { name: 'a', price: { credits: 2, note: null }, limit: null, vars: { a: null, b: [null] } };
    expect(await check(body)).toEqual({
      name: 'a',
      price: { credits: 2, note: undefined },
      limit: 20,
      vars: { a: null, b: [null] },
    });
    expect(await check({ name: 'a', price: null })).toMatchObject({ price: undefined });
    expect(await fieldsOf({ name: null })).toContainEqual({ field: 'name', message: 'must be a string' });
  });

  it('takes nothing and the word for null in a query', async () => {
    const query = (value: unknown, metatype?: new () => object) =>
      pipe.transform(value, { type: 'query', ...(metatype === undefined ? {} : { metatype }) });
    expect(await query({ name: 'a', limit: '', vars: 'null' }, ChatflowDto)).toMatchObject({ limit: 20 });
    await expect(query({ name: 'a', 'limit[$gt]': '' }, ChatflowDto)).rejects.toBeInstanceOf(AppError);
    expect(await query('null', String as never)).toBeUndefined();
    expect(await query('31', String as never)).toBe('31');
  });

  it('never repeats a value', async () => {
    expect(JSON.stringify(await fieldsOf({ name: ['s3cret'], price: { credits: 's3cret' } }))).not.toContain(
      's3cret',
    );
  });

  it.each(['__proto__', 'constructor', 'prototype'])('cannot be polluted through %s', async (key) => {
    const body: unknown = JSON.parse(`{"name":"a","${key}":{"polluted":true,"prototype":{"polluted":true}}}`);
    await check(body).catch(() => undefined);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect((new ChatflowDto() as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it.each([[null], [[]], ['text'], [5], [undefined]])('refuses %j where an object belongs', async (body) => {
    await expect(check(body)).rejects.toBeInstanceOf(AppError);
  });

  it('answers a flood of wrong fields with a bounded list', async () => {
    const body = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`field${i}`.repeat(100), i]));
    const fields = (await fieldsOf(body)) as { field: string }[];
    expect(fields.length).toBeLessThanOrEqual(50);
    expect(Math.max(...fields.map(({ field }) => field.length))).toBeLessThanOrEqual(200);
  });
});
