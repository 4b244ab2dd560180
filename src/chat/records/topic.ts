const TOPIC_CHARACTERS = 50;

/** A session's topic: the first characters of its first question, `...` appended when it was cut. */
export function topicOf(question: string): string {
  const characters = [...question];
  const topic = characters.slice(0, TOPIC_CHARACTERS).join('');
  return characters.length > TOPIC_CHARACTERS ? `${topic}...` : topic;
}
