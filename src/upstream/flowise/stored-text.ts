import { isObject, isPresent, parseJson, type JsonObject } from '../../platform/json/json-object.js';

/**
 * The text of an answer as Flowise stores it. An answer without text is stored as the JSON of everything else that there was, such as
 * `{"text": ""}` or the documents: that is no text.
 * @returns `undefined` when there is none
 */
export function readStoredText(content: string): string | undefined {
  const start = content.trimStart()[0];
  if (start === undefined) return undefined;
  if (start !== '{' && start !== '[') return content;
  const value = parseJson(content);
  return isResultWithoutText(value) || isListOfDocuments(value) ? undefined : content;
}

/** Members of a flow's result besides its text. */
const RESULT_MEMBERS = [
  'sourceDocuments',
  'usedTools',
  'artifacts',
  'fileAnnotations',
  'agentReasoning',
] as const;

function isResultWithoutText(value: unknown): boolean {
  if (!isObject(value)) return false;
  if (value.text === '') return true;
  return !isPresent(value.text) && !isPresent(value.json) && RESULT_MEMBERS.some((name) => name in value);
}

function isListOfDocuments(value: unknown): boolean {
  return Array.isArray(value) && (value.length === 0 || value.every(isDocument));
}

function isDocument(value: unknown): value is JsonObject {
  return isObject(value) && typeof value.pageContent === 'string';
}
