import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';

const TOOL_CALL_ID = { example: 'call_1', description: 'Pairs a call with its result.' };
/** Whatever the upstream says: a text, a number, a list, an object. */
const ANY_JSON = {
  oneOf: [
    { type: 'object' as const, additionalProperties: true },
    { type: 'array' as const, items: {} },
    { type: 'string' as const },
    { type: 'number' as const },
    { type: 'boolean' as const },
    { type: 'null' as const },
  ],
};

@ApiSchema({ name: 'TextEvent' })
export class TextEventDto {
  @ApiProperty({ enum: ['text-delta'], example: 'text-delta' })
  type!: 'text-delta';
  @ApiProperty({ example: 'I added “buy milk” as task 1.' })
  text!: string;
}

@ApiSchema({ name: 'ReasoningEvent' })
export class ReasoningEventDto {
  @ApiProperty({ enum: ['reasoning-delta'], example: 'reasoning-delta' })
  type!: 'reasoning-delta';
  @ApiProperty({ example: 'The user wants a task.' })
  text!: string;
}

@ApiSchema({ name: 'ToolCallEvent' })
export class ToolCallEventDto {
  @ApiProperty({ enum: ['tool-call'], example: 'tool-call' })
  type!: 'tool-call';
  @ApiProperty(TOOL_CALL_ID)
  toolCallId!: string;
  @ApiProperty({ example: 'add_task' })
  toolName!: string;
  @ApiProperty({ ...ANY_JSON, example: { title: 'buy milk' } })
  input!: unknown;
}

@ApiSchema({ name: 'ToolResultEvent' })
export class ToolResultEventDto {
  @ApiProperty({ enum: ['tool-result'], example: 'tool-result' })
  type!: 'tool-result';
  @ApiProperty(TOOL_CALL_ID)
  toolCallId!: string;
  @ApiProperty({ example: 'add_task' })
  toolName!: string;
  @ApiPropertyOptional({ ...ANY_JSON, example: { title: 'buy milk' } })
  input?: unknown;
  @ApiProperty({ ...ANY_JSON, example: { number: 1 } })
  output!: unknown;
  @ApiPropertyOptional({ example: false })
  isError?: boolean;
}

@ApiSchema({ name: 'Source', description: 'A document that the answer rests on.' })
export class SourceDto {
  @ApiPropertyOptional({ example: '7' })
  id?: string;
  @ApiPropertyOptional({ example: 'milk.txt' })
  title?: string;
  @ApiPropertyOptional({ example: 'https://example.com/milk' })
  url?: string;
  @ApiPropertyOptional({ example: 'Milk is 3.5 % fat.' })
  text?: string;
  @ApiPropertyOptional({ type: 'object', additionalProperties: true, example: { page: 3 } })
  metadata?: Record<string, unknown>;
}

@ApiSchema({ name: 'SourcesEvent' })
export class SourcesEventDto {
  @ApiProperty({ enum: ['sources'], example: 'sources' })
  type!: 'sources';
  @ApiProperty({ type: [SourceDto] })
  sources!: SourceDto[];
}

@ApiSchema({ name: 'UsageEvent', description: 'Tokens as the upstream counts them.' })
export class UsageEventDto {
  @ApiProperty({ enum: ['usage'], example: 'usage' })
  type!: 'usage';
  @ApiPropertyOptional({ example: 12 })
  inputTokens?: number;
  @ApiPropertyOptional({ example: 34 })
  outputTokens?: number;
  @ApiPropertyOptional({ example: 46 })
  totalTokens?: number;
}

@ApiSchema({ name: 'InputRequestEvent', description: 'An agent waits for a human.' })
export class InputRequestEventDto {
  @ApiProperty({ enum: ['input-request'], example: 'input-request' })
  type!: 'input-request';
  @ApiProperty({ example: '0199a1c2-6666-7abc-8def-000000000006' })
  requestId!: string;
  @ApiProperty({ example: 'The agent waits for your decision.' })
  prompt!: string;
  @ApiPropertyOptional({ type: [String], example: ['Proceed', 'Reject'] })
  choices?: string[];
}

/** One event of a stored answer, told by its `type`. */
export const STORED_EVENT_DTOS = [
  TextEventDto,
  ReasoningEventDto,
  ToolCallEventDto,
  ToolResultEventDto,
  SourcesEventDto,
  UsageEventDto,
  InputRequestEventDto,
];
