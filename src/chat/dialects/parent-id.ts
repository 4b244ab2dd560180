import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, Matches } from 'class-validator';
import type { TurnRequest } from '../records/turn-request.js';

/** Ours have 36. */
export const MAX_MESSAGE_ID_CHARACTERS = 64;
const MESSAGE_ID = new RegExp(`^[!-~]{1,${MAX_MESSAGE_ID_CHARACTERS}}$`);
/** What names no message: the question is a first one. A word, because `null` is what clients of some languages send for what they don't set. */
const ROOT = 'root';

/** Property decorator: the answer that a question follows. */
export function IsParentId(): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({
      description: `The answer of the session that the question follows; \`${ROOT}\`: none, it is a first one. Left out: the last answer of the branch that was asked last. Named otherwise the question is kept beside what follows that answer already, and the upstream is told what lies on the way to it.`,
      example: ROOT,
      minLength: 1,
      maxLength: MAX_MESSAGE_ID_CHARACTERS,
    }),
    IsOptional(),
    Matches(MESSAGE_ID, { message: `must be the id of an answer, or ${ROOT}` }),
  );
}

export function followsFrom(parentId: string | undefined): Pick<TurnRequest, 'follows'> {
  if (parentId === undefined) return {};
  return { follows: parentId === ROOT ? null : parentId };
}
