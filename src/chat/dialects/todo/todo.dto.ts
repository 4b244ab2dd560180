import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsNotEmpty, IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import { Tolerant } from '../../../platform/validation/tolerant.js';
import { MAX_QUESTION_CHARACTERS } from '../predict/predict.dto.js';
import { WithoutFilesDto } from '../without-files.dto.js';

@Tolerant()
export class TodoMessageDto extends WithoutFilesDto {
  @ApiProperty({ example: 'Add a task to buy milk', minLength: 1, maxLength: MAX_QUESTION_CHARACTERS })
  @IsString()
  @IsNotEmpty()
  @Matches(/\S/, { message: 'message must not be blank' })
  @MaxLength(MAX_QUESTION_CHARACTERS)
  message!: string;

  @ApiPropertyOptional({
    oneOf: [{ type: 'string' }, { type: 'integer' }],
    example: '0199a1c2-1111-7abc-8def-000000000001',
    description: 'The session to go on with: what `start` told. A new one is made when it is left out.',
  })
  @IsOptional()
  conversation_id?: unknown;
}
