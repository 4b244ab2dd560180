import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import { IsChatflowId } from './chatflow-id.js';

/** A few sentences; it is sent with the first turn of every session. */
const MAX_PROMPT_CHARACTERS = 2000;

@ApiSchema({
  name: 'ChatflowTitle',
  description:
    'Who names its sessions, once their first turn has completed. It gets the question and the answer, cut to 2,000 characters each; nobody is charged for it, and a session that somebody has renamed keeps its name. It takes 20 seconds at most; where nothing comes of it, and for the while, a session is called by the first words of its first question.',
})
export class ChatflowTitleDto {
  @ApiProperty({
    description:
      'Of provider `openai` without `upstream.tools`, or `flowise`. It may be the chatflow itself.',
    example: 'titles',
  })
  @IsChatflowId()
  readonly chatflow!: string;

  @ApiPropertyOptional({
    description:
      'What it is asked. Left out: for a title of at most six words in the language of the conversation.',
    maxLength: MAX_PROMPT_CHARACTERS,
    example: 'Name this conversation in three words.',
  })
  @IsOptional()
  @IsString()
  @Matches(/\S/, { message: 'prompt must not be blank' })
  @MaxLength(MAX_PROMPT_CHARACTERS)
  readonly prompt?: string;
}
