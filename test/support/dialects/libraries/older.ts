import { createRequire } from 'node:module';
import OpenAI from 'openai';
import * as helpers from 'openai/helpers/zod';
import * as compatible from '@ai-sdk/openai-compatible';
import * as messages from '@langchain/core/messages';
import * as tools from '@langchain/core/tools';
import * as langchain from '@langchain/openai';
import * as agents from '@openai/agents';
import type { AiSdk, Libraries } from './libraries.js';
import { versionOf } from './version-of.js';

// What is shown in pages is loaded as CommonJS; all of them must see the same React.
const require = createRequire(import.meta.url);
/** `@ai-sdk/react` 2 brings `ai` 5. */
const requireOf5 = createRequire(require.resolve('ai-react-2'));

const load = <Name extends keyof AiSdk>(name: string, from = require) => from(name) as AiSdk[Name];
const versionIn = (name: string, from = require) => versionOf(from.resolve(name));

const FIVE: AiSdk = {
  versions: {
    ai: versionIn('ai', requireOf5),
    react: versionIn('ai-react-2'),
    openai: versionIn('ai-openai-2'),
  },
  ai: load<'ai'>('ai', requireOf5),
  react: load<'react'>('ai-react-2'),
  openai: load<'openai'>('ai-openai-2'),
};

const SIX: AiSdk = {
  versions: {
    ai: versionIn('ai'),
    react: versionIn('@ai-sdk/react'),
    openai: versionIn('@ai-sdk/openai'),
  },
  ai: load<'ai'>('ai'),
  react: load<'react'>('@ai-sdk/react'),
  openai: load<'openai'>('@ai-sdk/openai'),
  compatible,
};

/** The newest versions that run on Node 20. */
export const OLDER_LIBRARIES: Libraries = {
  aiSdks: [FIVE, SIX],
  openai: { version: versionIn('openai'), OpenAI, helpers },
  langchain: { version: versionIn('@langchain/openai'), openai: langchain, messages, tools },
  agents: { version: versionIn('@openai/agents'), sdk: agents },
};
