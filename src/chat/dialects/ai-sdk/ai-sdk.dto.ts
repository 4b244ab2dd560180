import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, IsIn, IsObject, IsOptional, IsString, MaxLength } from 'class-validator';
import { IsChatflowId } from '../../../chatflows/chatflow-id.js';
import { Tolerant } from '../../../platform/validation/tolerant.js';
import { IsSessionId } from '../session-id.js';
import { ref } from '../../../platform/swagger/schemas.js';

const MAX_MESSAGES = 1000;
const MAX_ID_CHARACTERS = 512;
/** The later name and the one before. */
export const REGENERATING = ['regenerate-message', 'regenerate-assistant-message'];
const TRIGGERS = ['submit-message', ...REGENERATING, 'submit-user-message'];

const MESSAGE_EXAMPLE = { id: 'u1', role: 'user', parts: [{ type: 'text', text: 'Add a task to buy milk' }] };

/** What `DefaultChatTransport` sends, or the shorter `{id, message}` of many applications. */
@Tolerant()
export class ChatRequestDto {
  @ApiProperty({ example: 'Xh3rG8cVYQzbNk2L', description: 'The chat’s id; it is the session’s id here.' })
  @IsSessionId()
  id!: string;

  @ApiPropertyOptional({
    type: 'array',
    items: ref('UiMessage'),
    example: [MESSAGE_EXAMPLE],
    description:
      'The last one of the user is the question; what was said before is known from the session. Behind it the assistant’s message may come back with what came of its client’s tools: then the model is told the whole list.',
  })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MAX_MESSAGES)
  @IsObject({ each: true })
  messages?: Record<string, unknown>[];

  @ApiPropertyOptional({ allOf: [ref('UiMessage')], description: 'The question alone.' })
  @IsOptional()
  @IsObject()
  message?: Record<string, unknown>;

  @ApiPropertyOptional({ enum: TRIGGERS.slice(0, 2), example: 'submit-message' })
  @IsOptional()
  @IsIn(TRIGGERS)
  trigger?: string;

  @ApiPropertyOptional({
    example: '0199a1c2-4444-7abc-8def-000000000004',
    description:
      'With `regenerate-message`: the answer that the new one takes the place of, with all that came behind it; the last one when it is left out.',
  })
  @IsOptional()
  @IsString()
  @MaxLength(MAX_ID_CHARACTERS)
  messageId?: string;

  @ApiPropertyOptional({
    example: 'assistant',
    description: 'Whom to ask; the header `X-Chatflow-Id` or the default chatflow when it is left out.',
  })
  @IsOptional()
  @IsChatflowId()
  chatflowId?: string;

  @ApiPropertyOptional({
    oneOf: [
      { type: 'object', additionalProperties: ref('JsonObject') },
      { type: 'array', items: ref('JsonObject') },
    ],
    example: {
      askForName: { description: 'Asks the user.', parameters: { type: 'object', properties: {} } },
    },
    description:
      'Tools that the client runs, by name, with `description` and `parameters` (or `inputSchema`), both as JSON; or a list of them. For chatflows whose `clientOptions` allow `tools`.',
  })
  @IsOptional()
  tools?: unknown;

  @ApiPropertyOptional({
    example: 'auto',
    description: '`auto`, `none`, `required` or `{"type": "tool", "toolName": …}`, as the AI SDK has it.',
    oneOf: [{ type: 'string' }, ref('JsonObject')],
  })
  @IsOptional()
  toolChoice?: unknown;

  @ApiPropertyOptional({
    example: 'Answer in one sentence.',
    description: 'Passed on where the chatflow’s `clientOptions` allow `system`.',
  })
  @IsOptional()
  @IsString()
  system?: string;
}

export class ChatStoppedDto {
  @ApiProperty({ example: true })
  success!: true;
}
