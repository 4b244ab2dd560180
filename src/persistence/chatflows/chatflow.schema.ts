import { Schema } from 'mongoose';
import type {
  Chatflow,
  ChatflowAccessRule,
  ChatflowConcurrency,
  ChatflowTitle,
  UploadRule,
} from '../../chatflows/chatflow.js';
import type { Chunking } from '../../contract/chunking.js';
import type { UpstreamTarget } from '../../contract/provider.js';
import type { FieldsOf } from '../fields-of.js';
import { chargeRulesSchema, ON_DISCONNECT } from '../rule-fields.js';
import { TENANT_FIELD } from '../tenant-field.js';

export const CHATFLOW_MODEL = 'Chatflow';

export type ChatflowRecord = Omit<Chatflow, 'id'> & {
  readonly _id: string;
  readonly tenantId: string;
  /** Of its buckets; absent without any, and in those that were last stored before there was one. */
  readonly bucketsKey?: string;
};

/** Absent lists stay absent: mongoose would store empty ones. */
const strings = { type: [String], default: undefined };

const upstreamSchema = new Schema(
  {
    flowId: { type: String },
    baseUrl: { type: String },
    model: { type: String },
    bucketIds: strings,
    tools: { type: Boolean },
    systemPrompt: { type: String },
  } satisfies FieldsOf<UpstreamTarget>,
  { _id: false, minimize: false },
);
const priceSchema = new Schema({ credits: { type: Number, required: true, min: 1 } }, { _id: false });
const delaysSchema = new Schema({ code: { type: Number }, reasoning: { type: Number } }, { _id: false });
const chunkingSchema = new Schema(
  {
    words: { type: Number },
    characters: { type: Number },
    adaptive: { type: Boolean },
    delayMs: { type: Number },
    delays: { type: delaysSchema },
  } satisfies FieldsOf<Chunking>,
  { _id: false },
);
const concurrencySchema = new Schema(
  {
    turns: { type: Number, required: true },
    queue: { type: Number },
    waitSeconds: { type: Number },
  } satisfies FieldsOf<ChatflowConcurrency>,
  { _id: false },
);
const titleSchema = new Schema(
  {
    chatflow: { type: String, required: true },
    prompt: { type: String },
  } satisfies FieldsOf<ChatflowTitle>,
  { _id: false },
);
const uploadsSchema = new Schema(
  { types: strings, privateAddresses: { type: Boolean } } satisfies FieldsOf<UploadRule>,
  { _id: false, minimize: false },
);
const accessSchema = new Schema(
  { public: { type: Boolean }, users: strings, roles: strings } satisfies FieldsOf<ChatflowAccessRule>,
  { _id: false },
);

/** Indexes: `_id` serves every query (by id, and the list in the order of the ids); one chatflow for the same buckets. */
export const chatflowSchema = new Schema<ChatflowRecord>(
  {
    _id: { type: String, required: true },
    tenantId: TENANT_FIELD,
    name: { type: String, required: true },
    provider: { type: String, required: true },
    upstream: { type: upstreamSchema, required: true },
    price: { type: priceSchema, required: true },
    version: { type: Number, required: true },
    access: { type: accessSchema, required: true },
    disabled: { type: Boolean },
    onDisconnect: { ...ON_DISCONNECT, required: true },
    chargeOnStop: { type: Boolean, required: true },
    chargeOn: { type: chargeRulesSchema },
    fallback: { type: String },
    chunking: { type: chunkingSchema },
    inputWaitSeconds: { type: Number },
    overrides: strings,
    uploads: { type: uploadsSchema },
    clientOptions: strings,
    concurrency: { type: concurrencySchema },
    title: { type: titleSchema },
    retentionDays: { type: Number },
    bucketsKey: { type: String },
    createdAt: { type: Date, required: true },
    updatedAt: { type: Date, required: true },
  } satisfies FieldsOf<ChatflowRecord>,
  { collection: 'chatflows', versionKey: false, minimize: false },
).index(
  { tenantId: 1, bucketsKey: 1 },
  { unique: true, partialFilterExpression: { bucketsKey: { $exists: true } }, name: 'by_buckets' },
);
