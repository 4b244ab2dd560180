import * as compatible from '@ai-sdk/openai-compatible';
import * as aiSdkOpenAi from '@ai-sdk/openai';
import * as react from '@ai-sdk/react';
import * as messages from '@langchain/core/messages';
import * as tools from '@langchain/core/tools';
import * as langchain from '@langchain/openai';
import * as agents from '@openai/agents';
import * as ai from 'ai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import OpenAI from 'openai';
import * as helpers from 'openai/helpers/zod';

const versionOf = (name) =>
  JSON.parse(readFileSync(join(import.meta.dirname, 'node_modules', name, 'package.json'), 'utf8')).version;

/** What `test/support/dialects/libraries/libraries.ts` is made of, in the newest versions. */
export const LIBRARIES = {
  aiSdks: [
    {
      versions: {
        ai: versionOf('ai'),
        react: versionOf('@ai-sdk/react'),
        openai: versionOf('@ai-sdk/openai'),
      },
      ai,
      react,
      openai: aiSdkOpenAi,
      compatible,
    },
  ],
  openai: { version: versionOf('openai'), OpenAI, helpers },
  langchain: { version: versionOf('@langchain/openai'), openai: langchain, messages, tools },
  agents: { version: versionOf('@openai/agents'), sdk: agents },
};
