import { Schema } from 'mongoose';
import { RATINGS, type Feedback } from '../../chat/records/feedback.js';
import type { FieldsOf } from '../fields-of.js';

/** What stands with an answer, in the message's schema. */
export const feedbackSchema = new Schema<Feedback>(
  {
    rating: { type: String, enum: RATINGS, required: true },
    comment: { type: String },
    tags: { type: [String], default: undefined },
    day: { type: String, required: true },
    at: { type: Date, required: true },
  } satisfies FieldsOf<Feedback>,
  { _id: false },
);
