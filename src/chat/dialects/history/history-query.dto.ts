import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, Matches, Max, MaxLength, Min } from 'class-validator';
import { MAX_MESSAGE_ID_CHARACTERS } from '../parent-id.js';

const MAX_PAGE = 100;
const MAX_CURSOR_CHARACTERS = 512;
const MAX_TOPIC_CHARACTERS = 200;
export const DEFAULT_PAGE = 20;

export class PageQueryDto {
  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: MAX_PAGE,
    default: DEFAULT_PAGE,
    example: DEFAULT_PAGE,
  })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(MAX_PAGE)
  limit: number = DEFAULT_PAGE;

  @ApiPropertyOptional({ description: 'The `next_cursor` of the page before.' })
  @IsOptional()
  @IsString()
  @MaxLength(MAX_CURSOR_CHARACTERS)
  after?: string;
}

export class MessageQueryDto extends PageQueryDto {
  @ApiPropertyOptional({
    description:
      'A message of the session: the branch that it lies on, up to its newest end. Left out: the branch that was asked last. A cursor goes on with the branch that it was given for.',
  })
  @IsOptional()
  @IsString()
  @MaxLength(MAX_MESSAGE_ID_CHARACTERS)
  branch?: string;

  @ApiPropertyOptional({
    type: 'boolean',
    default: false,
    description:
      'Whether the messages of all branches are listed, in the order in which they were asked. Not along with `branch`.',
  })
  @IsOptional()
  @IsIn(['true', 'false'])
  superseded?: string;

  @ApiPropertyOptional({
    enum: ['flowise'],
    description:
      'An answer as the list of the events that its stream had, as Flowise’s clients store it: `content` is that list as JSON, `events` the list itself, adjacent tokens joined.',
  })
  @IsOptional()
  @IsIn(['flowise'])
  shape?: 'flowise';
}

export class RenameSessionDto {
  @ApiProperty({ example: 'Shopping', minLength: 1, maxLength: MAX_TOPIC_CHARACTERS })
  @IsString()
  @Matches(/\S/, { message: 'topic must not be blank' })
  @MaxLength(MAX_TOPIC_CHARACTERS)
  topic!: string;
}
