import { Schema } from 'mongoose';
import type { PublicError, Settlement, SpentMemory, TurnMeasures } from '../../chat/records/turn.js';
import { FINISH_REASONS, TURN_OUTCOMES } from '../../contract/chat-event.js';
import { ERROR_CODES } from '../../contract/error-codes.js';
import type { OpenQuestion } from '../../upstream/chat-provider.port.js';
import type { FieldsOf } from '../fields-of.js';
import { PART_OF_DOCUMENT, storedAnswerSchema, USAGE_FIELDS } from './answer.schema.js';

const errorSchema = new Schema(
  {
    code: { type: String, enum: Object.keys(ERROR_CODES), required: true },
    message: { type: String, required: true },
    retryAfterSeconds: { type: Number },
  } satisfies FieldsOf<PublicError>,
  PART_OF_DOCUMENT,
);

const measuresSchema = new Schema(
  {
    firstTokenMs: { type: Number },
    textEvents: { type: Number, required: true },
    characters: { type: Number, required: true },
    repairedEvents: { type: Number, required: true },
    droppedEvents: { type: Number },
    streamedMs: { type: Number },
    tokensPerSecond: { type: Number },
    longestGapMs: { type: Number },
    medianGapMs: { type: Number },
    retries: { type: Number },
    fellBack: { type: Boolean },
  } satisfies FieldsOf<TurnMeasures>,
  PART_OF_DOCUMENT,
);

const questionSchema = new Schema(
  {
    runId: { type: String, required: true },
    requestId: { type: String, required: true },
    nodeId: { type: String },
  } satisfies FieldsOf<OpenQuestion>,
  PART_OF_DOCUMENT,
);

const spentSchema = new Schema(
  { except: { type: String } } satisfies FieldsOf<SpentMemory>,
  PART_OF_DOCUMENT,
);

/** The decision about a turn. What is not required was not kept before, or is not there of every turn. */
export const settlementSchema = new Schema(
  {
    outcome: { type: String, enum: TURN_OUTCOMES, required: true },
    finishReason: { type: String, enum: FINISH_REASONS },
    charge: { type: String, enum: ['capture', 'release'], required: true },
    stores: { type: Boolean, required: true },
    answer: { type: storedAnswerSchema() },
    answerHash: { type: String },
    storedBytes: { type: Number },
    error: { type: errorSchema },
    usage: { type: new Schema(USAGE_FIELDS, PART_OF_DOCUMENT) },
    measures: { type: measuresSchema, required: true },
    position: { type: Number, required: true },
    endedAt: { type: Date, required: true },
    asks: { type: questionSchema },
    spends: { type: spentSchema },
  } satisfies FieldsOf<Settlement>,
  PART_OF_DOCUMENT,
);
