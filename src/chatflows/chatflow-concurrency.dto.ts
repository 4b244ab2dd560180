import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { IsInt, IsOptional, Max, Min } from 'class-validator';

/** As many as an instance can run at all. */
export const MAX_CHATFLOW_TURNS = 100_000;
export const MAX_QUEUE_TURNS = 10_000;
/** Balancers rarely keep a request without an answer for longer. */
export const MAX_QUEUE_WAIT_SECONDS = 600;
export const DEFAULT_QUEUE_WAIT_SECONDS = 30;

@ApiSchema({
  name: 'ChatflowConcurrency',
  description:
    'How many turns of it run at once: on all instances together if they share counts (`REDIS_URL`), else on each. A turn beyond that waits for a place if there is a queue, first come, first served on its instance; nothing is held for it meanwhile. It is refused with 503 `overloaded` and `Retry-After` when the queue is full or its wait is over.',
})
export class ChatflowConcurrencyDto {
  @ApiProperty({
    type: 'integer',
    description: 'Turns that run at once.',
    minimum: 1,
    maximum: MAX_CHATFLOW_TURNS,
    example: 50,
  })
  @IsInt()
  @Min(1)
  @Max(MAX_CHATFLOW_TURNS)
  readonly turns!: number;

  @ApiPropertyOptional({
    type: 'integer',
    description: 'Turns that may wait for a place, on each instance.',
    minimum: 0,
    maximum: MAX_QUEUE_TURNS,
    default: 0,
    example: 100,
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_QUEUE_TURNS)
  readonly queue?: number;

  @ApiPropertyOptional({
    type: 'integer',
    description: 'Seconds that a turn waits at most.',
    minimum: 1,
    maximum: MAX_QUEUE_WAIT_SECONDS,
    default: DEFAULT_QUEUE_WAIT_SECONDS,
    example: 30,
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MAX_QUEUE_WAIT_SECONDS)
  readonly waitSeconds?: number;
}
