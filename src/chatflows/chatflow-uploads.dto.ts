import { ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, IsBoolean, IsOptional, Matches } from 'class-validator';

const MAX_TYPES = 100;
const MEDIA_TYPE = /^[a-z0-9!#$&^_.+-]{1,64}\/(?:\*|[a-z0-9!#$&^_.+-]{1,100})$/;

@ApiSchema({ name: 'ChatflowUploads', description: 'Which files users may send along.' })
export class ChatflowUploadsDto {
  @ApiPropertyOptional({
    type: [String],
    description:
      'MIME types, whole or as a family. Left out: all that the upstream takes; an empty list: no files.',
    example: ['image/*', 'application/pdf'],
  })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MAX_TYPES)
  @Matches(MEDIA_TYPE, {
    each: true,
    message: 'each value in types must be a MIME type or a family like image/*',
  })
  readonly types?: string[];

  @ApiPropertyOptional({
    description:
      'Whether users may give addresses inside private networks for the upstream to fetch. They are refused otherwise.',
    default: false,
    example: false,
  })
  @IsOptional()
  @IsBoolean()
  readonly privateAddresses?: boolean;
}
