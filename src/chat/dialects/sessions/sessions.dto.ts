import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsNotEmpty, IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import { IsChatflowId } from '../../../chatflows/chatflow-id.js';
import { Tolerant } from '../../../platform/validation/tolerant.js';
import { MAX_QUESTION_CHARACTERS } from '../predict/predict.dto.js';
import { IsParentId } from '../parent-id.js';
import { WithoutFilesDto } from '../without-files.dto.js';

export class OpenSessionDto {
  @ApiPropertyOptional({
    example: 'assistant',
    description: 'Whom to ask in it; unset: the default chatflow.',
  })
  @IsOptional()
  @IsChatflowId()
  chatflowId?: string;
}

@Tolerant()
export class SessionMessageDto extends WithoutFilesDto {
  @ApiProperty({ example: 'Add a task to buy milk', minLength: 1, maxLength: MAX_QUESTION_CHARACTERS })
  @IsString()
  @IsNotEmpty()
  @Matches(/\S/, { message: 'content must not be blank' })
  @MaxLength(MAX_QUESTION_CHARACTERS)
  content!: string;

  @IsParentId()
  parentId?: string;

  @ApiPropertyOptional({ enum: ['user'], example: 'user' })
  @IsOptional()
  @IsIn(['user'])
  role?: 'user';
}
