import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Min, MinLength, ValidateNested } from 'class-validator';
import { AppError } from '../errors/app-error.js';
import { RequestValidationPipe } from './validation.pipe.js';
import { Tolerant } from './tolerant.js';

class PriceDto {
  @IsInt()
  @Min(1)
  credits!: number;
}
class ChatflowDto {
  @IsString()
  @MinLength(1)
  name!: string;
  @ValidateNested()
  @Type(() => PriceDto)
  @IsOptional()
  price?: PriceDto;
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
