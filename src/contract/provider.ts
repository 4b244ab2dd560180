/** The kinds of upstream a chatflow can name. */
export const PROVIDER_NAMES = ['flowise', 'storm', 'openai', 'assistant'] as const;
export type ProviderName = (typeof PROVIDER_NAMES)[number];

/** Where a chatflow's provider finds its flow; absent fields fall back to the provider's settings. */
export interface UpstreamTarget {
  readonly flowId?: string;
  readonly baseUrl?: string;
  readonly model?: string;
  readonly bucketIds?: readonly string[];
  /** OpenAI-compatible: whether the model may use the user's to-do list. */
  readonly tools?: boolean;
  /** OpenAI-compatible: what the model is told before the conversation. */
  readonly systemPrompt?: string;
}
