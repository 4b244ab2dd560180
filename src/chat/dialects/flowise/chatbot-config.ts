import { ApiProperty } from '@nestjs/swagger';

const NOTHING = {
  type: 'array',
  items: {
    type: 'object',
    properties: {
      fileTypes: { type: 'array', items: { type: 'string' } },
      maxUploadSize: { type: 'number' },
    },
  },
  description: 'Always empty.',
  example: [],
} as const;

/** What the widget lets its users send. */
export class ChatbotUploadsDto {
  @ApiProperty({ example: false })
  isSpeechToTextEnabled!: boolean;
  @ApiProperty({ example: false })
  isImageUploadAllowed!: boolean;
  @ApiProperty({ example: false })
  isRAGFileUploadAllowed!: boolean;
  @ApiProperty(NOTHING)
  imgUploadSizeAndTypes!: unknown[];
  @ApiProperty(NOTHING)
  fileUploadSizeAndTypes!: unknown[];
}

/** The members that Flowise always has; prompts, feedback and leads are what an owner adds, and the flow itself is nobody's business. */
export class ChatbotConfigDto {
  @ApiProperty({ type: ChatbotUploadsDto })
  uploads!: ChatbotUploadsDto;
  @ApiProperty({ example: false })
  isTTSEnabled!: boolean;
}

export const CHATBOT_CONFIG: ChatbotConfigDto = {
  uploads: {
    isSpeechToTextEnabled: false,
    isImageUploadAllowed: false,
    isRAGFileUploadAllowed: false,
    imgUploadSizeAndTypes: [],
    fileUploadSizeAndTypes: [],
  },
  isTTSEnabled: false,
};
