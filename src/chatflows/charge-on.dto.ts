import { ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { IsBoolean, IsOptional } from 'class-validator';

@ApiSchema({
  name: 'ChargeOn',
  description: 'What is paid for answers that are complete but not whole. What is left out is charged.',
})
export class ChargeOnDto {
  @ApiPropertyOptional({
    description: 'Whether an answer that reached the longest length of its model is charged.',
    default: true,
    example: false,
  })
  @IsOptional()
  @IsBoolean()
  readonly length?: boolean;

  @ApiPropertyOptional({
    description: 'Whether an answer of which a content filter let only a part pass is charged.',
    default: true,
    example: false,
  })
  @IsOptional()
  @IsBoolean()
  readonly 'content-filter'?: boolean;
}
