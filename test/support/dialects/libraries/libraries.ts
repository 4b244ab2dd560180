import type * as AiSdkOpenAi from '@ai-sdk/openai';
import type * as AiSdkCompatible from '@ai-sdk/openai-compatible';
import type * as AiReact from '@ai-sdk/react';
import type * as Messages from '@langchain/core/messages';
import type * as LangChainTools from '@langchain/core/tools';
import type * as LangChain from '@langchain/openai';
import type * as Agents from '@openai/agents';
import type * as Ai from 'ai';
import type OpenAi from 'openai';
import type * as OpenAiHelpers from 'openai/helpers/zod';
import { OLDER_LIBRARIES } from './older.js';

/** One major version of the AI SDK. All are typed as the same one: what these tests use of them is the same. */
export interface AiSdk {
  /** Of `ai`, `@ai-sdk/react` and `@ai-sdk/openai`, as `6.0.326`. */
  readonly versions: { readonly ai: string; readonly react: string; readonly openai: string };
  readonly ai: typeof Ai;
  readonly react: typeof AiReact;
  readonly openai: typeof AiSdkOpenAi;
  readonly compatible?: typeof AiSdkCompatible;
}

/** The libraries that clients of `/v1` and `/api/chat` are made with. */
export interface Libraries {
  readonly aiSdks: readonly AiSdk[];
  readonly openai: {
    readonly version: string;
    readonly OpenAI: typeof OpenAi;
    readonly helpers: typeof OpenAiHelpers;
  };
  readonly langchain: {
    readonly version: string;
    readonly openai: typeof LangChain;
    readonly messages: typeof Messages;
    readonly tools: typeof LangChainTools;
  };
  readonly agents: { readonly version: string; readonly sdk: typeof Agents };
}

const NEXT = '../../../clients-next/libraries.mjs';

/** Those of this package, which run on every Node that Tollgate runs on; with `CLIENTS=next` the newest, which need a newer one. */
export const LIBRARIES: Libraries =
  process.env.CLIENTS === 'next'
    ? ((await import(NEXT)) as { LIBRARIES: Libraries }).LIBRARIES
    : OLDER_LIBRARIES;

export const majorOf = (version: string): string => version.replace(/\..*$/, '');
